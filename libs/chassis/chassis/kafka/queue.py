"""Which keys of a consumer are parked, and the way of its events to the parked table.

Only the owner of a partition parks its records, so what is parked there is known in memory; the table is asked when a
partition comes to us with offsets that we did not leave off at, and when an event of a parked key comes.
"""

from collections.abc import Sequence
from datetime import timedelta

from chassis.kafka import measures
from chassis.kafka.events import Event
from chassis.kernel.clock import Clock
from chassis.postgres import parked
from chassis.postgres.failures import TROUBLE, Verdict, judge, wait
from chassis.postgres.parked import Record
from chassis.postgres.pool import Pool


class Queue:
    """The parked keys of one consumer. Every method raises DatabaseAway when the database is."""

    def __init__(self, pool: Pool, consumer_name: str, clock: Clock) -> None:
        self._pool = pool
        self._consumer = consumer_name
        self._clock = clock
        self._parked: set[tuple[str, bytes | None]] = set()
        self._next: dict[tuple[str, int], int] = {}

    async def enter(self, topic: str, partition: int, offset: int) -> None:
        """A batch of a partition begins."""
        if self._next.get((topic, partition)) != offset:
            await self._refresh()

    def leave(self, topic: str, partition: int, offset: int) -> None:
        """A batch was done up to this offset."""
        self._next[topic, partition] = offset + 1

    async def behind_parked(self, topic: str, events: list[Event]) -> list[Event]:
        """Park the events whose key is parked, behind what waits there; give the others."""
        if not any((topic, event.key) in self._parked for event in events):
            return events
        await self._refresh()
        behind = [event for event in events if event.key is not None and (topic, event.key) in self._parked]
        if behind:
            await self.park(topic, behind, reason="behind", pause=timedelta(0))
        return [event for event in events if event not in behind]

    async def park(self, topic: str, events: Sequence[Event], *, reason: str, pause: timedelta) -> None:
        """Let the events wait in their order, the first for at least `pause`."""
        now = self._clock.now()
        records = [
            Record(topic, one.record.partition, one.record.offset, one.key, one.record.value, one.headers)
            for one in events
        ]
        try:
            await parked.put(self._pool, self._consumer, records, reason=reason, now=now, retry_at=now + pause)
        except TROUBLE as error:
            raise _away(error) from error
        measures.PARKED.labels(topic).inc(len(records))
        self._parked.update((topic, event.key) for event in events)

    async def _refresh(self) -> None:
        try:
            self._parked = await parked.keys(self._pool, self._consumer)
        except TROUBLE as error:
            raise _away(error) from error


def _away(error: Exception) -> Exception:
    return wait(error) if judge(error) is Verdict.WAIT else error
