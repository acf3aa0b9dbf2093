"""From a batch of records to committed effects: nothing is skipped, nothing escapes.

An event that can never work goes to the dead letters at once. One that may work later is tried again in place, then
its key is parked. A database that is away is waited for, for ever. When too many events of a topic die, the topic
is not consumed until a probe lives.
"""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import structlog
from opentelemetry.trace import SpanKind

from chassis.kafka import measures
from chassis.kafka.breaker import Breaker, State
from chassis.kafka.dead_letters import burial, digest_of, reason_of
from chassis.kafka.events import Event, read
from chassis.kafka.ordered import Behind, in_order
from chassis.kafka.queue import Queue
from chassis.kafka.subscription import Subscription
from chassis.kafka.transport import Batch, GivenUp
from chassis.kernel.errors import Transient
from chassis.postgres.boundary import Boundary
from chassis.postgres.failures import DatabaseAway
from chassis.postgres.step import Failed
from chassis.telemetry.traces import Attributes, span_from

ATTEMPTS = 3  # in place, before the key is parked: about 0.2 s in which the partition waits
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 2.0
PARKED_FOR = timedelta(seconds=1)
_LOOK = 0.1  # seconds between looks at whether an open breaker's wait is over, or nobody wants the batch any more

_log = structlog.get_logger(__name__)

Dead = tuple[Event, Exception]


class Consumer:
    """Does the events of a service's subscriptions. `handle` is the lane's handler.

    `away` is True while the database is; `open_topics` are those whose breaker is open.
    """

    def __init__(
        self,
        service: str,
        subscriptions: Sequence[Subscription[Any]],
        boundary: Boundary,
        *,
        prefix: str = "",
        breaker: Callable[[], Breaker] = lambda: Breaker(time.monotonic),
    ) -> None:
        self._service = service
        self._prefix = prefix
        self._subscriptions = {one.topic: one for one in subscriptions}
        self._boundary = boundary
        self._queue = Queue(boundary.pool, boundary.consumer_name, boundary.clock)
        self._breakers = {one.topic: breaker() for one in subscriptions}
        self._stopping = False
        self.away = False

    @property
    def open_topics(self) -> list[str]:
        """Topics that are not consumed because too much of them died."""
        return [topic for topic, breaker in self._breakers.items() if breaker.state is not State.CLOSED]

    def stop(self) -> None:
        """Give up waiting: batches that cannot be done now come again after the restart."""
        self._stopping = True

    async def handle(self, batch: Batch) -> None:
        """Do a batch. Returns when every effect is committed. Raises GivenUp when stopped or revoked before."""
        topic = batch.topic.removeprefix(self._prefix)
        subscription = self._subscriptions[topic]
        events = [read(subscription, record, topic) for record in batch.records]
        measures.CONSUMED.labels(topic).inc(len(events))
        attributes: Attributes = {"topic": topic, "partition": batch.partition, "events": len(events)}
        links = [event.traceparent for event in events if event.traceparent]
        parent = links[0] if len(events) == 1 and links else None  # alone, it is simply the next of its trace
        with span_from(parent, measures.SPAN_CONSUME, attributes, kind=SpanKind.CONSUMER, links=links):
            await self._patiently(batch, lambda: self._queue.enter(topic, batch.partition, batch.records[0].offset))
            left = [event for event in events if event.step is not None or event.error is not None]
            while left:
                allowed = await self._allowed(batch, topic, len(left))
                left = await self._do(batch, topic, left[:allowed]) + left[allowed:]
            self._queue.leave(topic, batch.partition, batch.records[-1].offset)

    async def _allowed(self, batch: Batch, topic: str, wanted: int) -> int:
        """Wait while the breaker is open; give how many events may be done: one when it is a probe."""
        breaker = self._breakers[topic]
        while breaker.state is State.OPEN:
            self._check(batch)
            await asyncio.sleep(min(_LOOK, breaker.wait))
        return wanted if breaker.state is State.CLOSED else 1

    async def _do(self, batch: Batch, topic: str, events: list[Event]) -> list[Event]:
        """Do some events; give those that are still to do because too many died to be believed."""
        events = await self._patiently(batch, lambda: self._queue.behind_parked(topic, events))
        if not events:
            return []
        dead: list[Dead] = [(event, event.error) for event in events if event.error is not None]
        dead += await self._run(batch, topic, [event for event in events if event.error is None])
        believed = self._breakers[topic].note(len(events), len(dead))
        measures.BREAKER.labels(topic).set(self._breakers[topic].state is not State.CLOSED)
        if not believed:
            _log.error("too many events die: not consumed for now", **_about(topic, *dead[0]))
            return [event for event, _ in dead]
        await self._bury(batch, topic, dead)
        return []

    async def _run(self, batch: Batch, topic: str, events: list[Event]) -> list[Dead]:
        """Run the steps until each is done, parked or dead; give the dead."""
        dead: list[Dead] = []
        pause = FIRST_PAUSE
        while events:
            failures = await self._attempt(events)
            dead += [(event, error) for event, error in failures if not isinstance(error, Transient)]
            again: list[Dead] = [(event, error) for event, error in failures if isinstance(error, Transient)]
            events = [event for event, _ in again]
            if events and not self.away:
                events = await self._patiently(batch, lambda: self._park(topic, again))  # noqa: B023 - awaited at once
            if events:
                pause = await self._rest(batch, pause)
        return dead

    async def _attempt(self, events: list[Event]) -> list[Dead]:
        """Run the steps once, in one transaction; give those that failed."""
        outcomes = await self._boundary.run(in_order(events))
        failures = [
            (event, outcome.error)
            for event, outcome in zip(events, outcomes, strict=True)
            if isinstance(outcome, Failed)
        ]
        self._note_away(any(isinstance(error, DatabaseAway) for _, error in failures))
        return failures

    async def _park(self, topic: str, failures: list[Dead]) -> list[Event]:
        """Count the attempts; park the keys whose attempts are used up; give the events to try again in place."""
        for event, error in failures:
            event.attempts += not isinstance(error, Behind)
        spent = [(event, error) for event, error in failures if event.attempts >= ATTEMPTS]
        keys = {event.key for event, _ in spent if event.key is not None}
        events = [event for event, _ in failures]
        parked = [event for event in events if event.attempts >= ATTEMPTS or event.key in keys]
        if parked:
            await self._queue.park(topic, parked, reason=type(spent[0][1]).__name__, pause=PARKED_FOR)
            _log.warning("key parked", **_about(topic, *spent[0]))
        return [event for event in events if event not in parked]

    async def _bury(self, batch: Batch, topic: str, dead: list[Dead]) -> None:
        """Write the dead letters and the inbox rows of their events."""
        pause = FIRST_PAUSE
        while dead:
            letters = [burial(self._service, event, topic, error) for event, error in dead]
            outcomes = await self._boundary.run(letters)
            buried = [one for one, outcome in zip(dead, outcomes, strict=True) if not isinstance(outcome, Failed)]
            for event, error in buried:
                measures.DEAD.labels(topic, reason_of(error).partition(":")[0]).inc()
                _log.error("dead letter", exc_info=error, **_about(topic, event, error))
            dead = [one for one in dead if one not in buried]
            self._note_away(bool(dead))
            if dead:
                pause = await self._rest(batch, pause)

    async def _patiently(self, batch: Batch, call: Callable[[], Any]) -> Any:
        """Await what `call` gives, again and again while the database is away."""
        pause = FIRST_PAUSE
        while True:
            try:
                answer = await call()
            except DatabaseAway:
                self._note_away(True)
                pause = await self._rest(batch, pause)
            else:
                return answer

    async def _rest(self, batch: Batch, pause: float) -> float:
        self._check(batch)
        await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - spreads retries, keeps no secret
        self._check(batch)
        return min(pause * 2, LONGEST_PAUSE)

    def _check(self, batch: Batch) -> None:
        if self._stopping or not batch.current:
            raise GivenUp

    def _note_away(self, away: bool) -> None:  # noqa: FBT001 - it is what is noted
        if away and not self.away:
            _log.warning("the database is away: consuming waits")
        self.away = away


def _about(topic: str, event: Event, error: Exception) -> dict[str, object]:
    """What a log line may tell of an event: ids only."""
    return {
        "topic": topic,
        "partition": event.record.partition,
        "offset": event.record.offset,
        "event_id": str(event.id),
        "reason": reason_of(error),
        "digest": digest_of(error),
    }
