"""Events a second through a real handler, against a hand-written aiokafka loop that does the same.

The handler is SIAP of Destana (acknowledgements.py; the work of the loop is in by_hand.py). Both sides read the same
records of the same four partitions, at most 300 at a time and one transaction each, and write the same rows;
reading alone and the SQL alone are reported beside them.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, TopicPartition

from acknowledgements import AGAIN, SERVICE, TOPIC, Story, ours
from by_hand import Bare, by_hand
from chassis.kafka.lane import MAX_BATCH, Lane
from chassis.kafka.security import Access
from chassis.kafka.transport import Batch
from chassis.postgres.pool import Pool, open_pool
from chassis.process.runner import spare_collecting
from measure import Corner, corner, in_turns, last_line, middle, ratio, run, table

INCIDENTS, PARTITIONS = 6000, 4
Do = Callable[[Any, Sequence[Any]], Awaitable[None]]


class Bench:
    """Consumes the same records again and again; the database is put back before each run."""

    def __init__(self, at: Corner, pool: Pool, count: int) -> None:
        self._at, self._pool, self._count = at, pool, count
        self.cpu: dict[str, list[float]] = {"ours": [], "by hand": []}
        broker = at.kafka.broker
        self._access = Access(broker.bootstrap, "admin", broker.ca, broker.password("admin"), at.kafka.prefix)

    async def through_the_lane(self) -> float:
        """Events a second by lane, consumer, boundary and the service's handler."""
        await self._pool.execute(AGAIN)
        consumer = ours(self._pool, self._at.kafka.prefix)
        clock = _Clock(self._count)

        async def handle(batch: Batch) -> None:
            clock.begin()
            await consumer.handle(batch)
            clock.did(len(batch.records))

        lane = Lane(self._access, f"bench-{uuid4().hex}", [TOPIC], handle)
        await lane.start()
        await clock.all.wait()
        await lane.stop()
        await self._check()
        self.cpu["ours"].append(clock.cpu)
        return clock.rate

    async def by_hand(self) -> float:
        """Events a second by the hand-written loop."""
        await self._pool.execute(AGAIN)
        clock = await self._loop(by_hand)
        await self._check()
        self.cpu["by hand"].append(clock.cpu)
        return clock.rate

    async def sql_alone(self) -> float:
        """Events a second when only the SQL is done."""
        await self._pool.execute(AGAIN)
        return (await self._loop((await Bare.of(self._pool)).batch)).rate

    async def reading_alone(self) -> float:
        """Records a second from the broker, with nothing done to them."""

        async def nothing(_: Any, __: Sequence[Any]) -> None:
            return

        return (await self._loop(nothing)).rate

    async def _loop(self, do: Do) -> "_Clock":
        reader = AIOKafkaConsumer(**self._at.kafka.broker.client(), enable_auto_commit=False, fetch_max_wait_ms=50)
        places = [TopicPartition(self._at.kafka.name(TOPIC), number) for number in range(PARTITIONS)]
        await reader.start()
        reader.assign(places)
        await reader.seek_to_beginning()
        clock = _Clock(self._count)

        async def read(place: TopicPartition) -> None:
            while not clock.all.is_set():
                found = await reader.getmany(place, timeout_ms=100, max_records=MAX_BATCH)
                for records in found.values():
                    clock.begin()
                    async with self._pool.acquire() as connection:
                        await do(connection, records)
                    clock.did(len(records))

        await asyncio.gather(*map(read, places))
        await reader.stop()
        return clock

    async def _check(self) -> None:
        """The same was done: every answer is stored, and told by two messages."""
        row = await self._pool.fetchrow(
            "select (select count(*) from inbox), (select count(*) from outbox), (select count(*) from draft),"
            " (select sum(version) from incident)"
        )
        expected = (self._count, 2 * self._count, 0, INCIDENTS + self._count)
        if row is None or tuple(row) != expected:
            raise RuntimeError(f"not the same work: {row} instead of {expected}")


class _Clock:
    """From the first batch's begin to the last one's end."""

    def __init__(self, count: int) -> None:
        self._left, self._count = count, count
        self._begun: float | None = None
        self._ended = self._cpu = 0.0
        self.all = asyncio.Event()

    @property
    def rate(self) -> float:
        """Events a second."""
        return self._count / (self._ended - (self._begun or 0.0))

    @property
    def cpu(self) -> float:
        """Microseconds of this process's CPU for each event."""
        return self._cpu / self._count * 1e6

    def begin(self) -> None:
        """A batch begins."""
        if self._begun is None:
            self._begun, self._cpu = time.perf_counter(), -time.process_time()

    def did(self, count: int) -> None:
        """So many are committed."""
        self._left -= count
        if self._left <= 0:
            self._ended = time.perf_counter()
            self._cpu += time.process_time()
            self.all.set()


async def main() -> None:
    """Measure."""
    async with corner() as at, asyncio.timeout(600):
        spare_collecting()  # as every service does, here for both sides
        database = await at.databases(SERVICE, at.migrations(SERVICE))
        pool = await open_pool(database.url, password=database.password, name="bench", size=8)
        await at.kafka.create(TOPIC, partitions=PARTITIONS)
        records = await Story(INCIDENTS).tell(pool)
        await at.fill(TOPIC, records)
        bench = Bench(at, pool, len(records))
        kinds = {
            "ours": bench.through_the_lane,
            "by hand": bench.by_hand,
            "SQL alone": bench.sql_alone,
            "reading alone": bench.reading_alone,
        }
        values = await in_turns(kinds)
        await pool.close()
    table("consume: SIAP to an incident, 2 messages each", values, "events/s")
    table("CPU of this process", bench.cpu, "us/event")
    got = ratio(values, "ours", "by hand")
    print(f"\nours / by hand: {got:.2f} (goal 0.7)")
    last_line("consume", middle(values, "ours"), middle(values, "by hand"), got, "events/s", goal=0.7)


if __name__ == "__main__":
    run(main)
