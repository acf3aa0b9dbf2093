"""Tries the heads of parked keys again: done ones go, hopeless ones are buried, the others wait longer each time."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog

from chassis.kafka import measures
from chassis.kafka.dead_letters import burial, digest_of, reason_of
from chassis.kafka.events import Event, read
from chassis.kafka.headers import RawHeader, position_id
from chassis.kafka.subscription import Subscription
from chassis.kernel.errors import Poison, Transient
from chassis.postgres import parked
from chassis.postgres.boundary import Boundary
from chassis.postgres.failures import DatabaseAway
from chassis.postgres.leader import lead
from chassis.postgres.parked import ParkedRecord
from chassis.postgres.step import Failed, Step

TOGETHER = 100
IDLE = 0.5
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=1), timedelta(minutes=5)
MOST_FAILURES = 20  # about an hour and a quarter; then the record is quarantined

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Record:
    """A parked record as it came from Kafka; its time is that of its parking, the broker's is not kept."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[RawHeader]
    timestamp: int


class Retrier:
    """One per service tries (advisory lock); `run` waits for its turn. Times are those of the boundary's clock."""

    def __init__(self, service: str, subscriptions: Sequence[Subscription[Any]], boundary: Boundary) -> None:
        self._service = service
        self._subscriptions = {one.topic: one for one in subscriptions}
        self._boundary = boundary

    async def run(self) -> None:
        """Try what is due until cancelled."""
        await lead(self._boundary.pool, f"parked of {self._boundary.consumer_name}", self._keep_trying)

    async def retry_due(self) -> int:
        """Try the heads that are due; give how many left the table. Raises DatabaseAway."""
        boundary = self._boundary
        heads = await parked.heads(boundary.pool, boundary.consumer_name, boundary.clock.now(), TOGETHER)
        events = [self._event(head) for head in heads]
        failures = await self._attempt(events)
        final: list[tuple[Event, Exception]] = []
        for head, event in zip(heads, events, strict=True):
            error = failures.get(event.id)
            if error is None:
                await parked.remove(boundary.pool, head.seq)
            elif isinstance(error, Transient) and head.failures + 1 < MOST_FAILURES:
                await self._postpone(head, error)
            else:
                final.append((event, error))
        buried = await self._bury(final)
        for head, event in zip(heads, events, strict=True):
            if event.id in buried:
                await parked.remove(boundary.pool, head.seq)
        return len(heads) - len(failures) + len(buried)

    async def _keep_trying(self) -> None:
        while True:
            if not await self.retry_due():
                await asyncio.sleep(IDLE)

    def _event(self, head: ParkedRecord) -> Event:
        record = _Record(*head.record, timestamp=int(head.at.timestamp() * 1000))
        subscription = self._subscriptions.get(record.topic)
        if subscription is None:
            return Event(
                record, position_id(record.topic, record.partition, record.offset), error=Poison("no_subscription")
            )
        return read(subscription, record, record.topic)

    async def _attempt(self, events: list[Event]) -> dict[Any, Exception]:
        """Run the events' steps; give the errors by event id."""
        failures = {event.id: event.error for event in events if event.error is not None}
        runnable = [event for event in events if event.step is not None]
        steps: list[Step[Any]] = [event.step for event in runnable if event.step is not None]
        for event, outcome in zip(runnable, await self._boundary.run(steps), strict=True):
            if isinstance(outcome, Failed):
                _raise_if_away(outcome.error)
                failures[event.id] = outcome.error
        return failures

    async def _postpone(self, head: ParkedRecord, error: Exception) -> None:
        pause = min(FIRST_PAUSE * 2**head.failures, LONGEST_PAUSE)
        retry_at = self._boundary.clock.now() + pause
        await parked.postpone(self._boundary.pool, head.seq, type(error).__name__, retry_at)

    async def _bury(self, final: list[tuple[Event, Exception]]) -> set[Any]:
        """Write dead letters; give the ids of the events that were buried."""
        letters = [burial(self._service, event, event.record.topic, error) for event, error in final]
        buried = set()
        for (event, error), outcome in zip(final, await self._boundary.run(letters), strict=True):
            if isinstance(outcome, Failed):
                _raise_if_away(outcome.error)
                continue
            measures.DEAD.labels(event.record.topic, reason_of(error).partition(":")[0]).inc()
            about = {"event_id": str(event.id), "reason": reason_of(error), "digest": digest_of(error)}
            _log.error("dead letter of a parked key", topic=event.record.topic, **about)
            buried.add(event.id)
        return buried


def _raise_if_away(error: Exception) -> None:
    if isinstance(error, DatabaseAway):
        raise error
