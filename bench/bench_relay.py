"""Rows a second from the outbox to Kafka by the real relay, against a plain idempotent producer of the same records.

The relay reads rows in order, sends them, waits for every acknowledgement, deletes them and reads on. The producer
has the same records in memory and does nothing but send.
"""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from aiokafka import AIOKafkaProducer

from chassis.kafka.headers import cloud_headers
from chassis.kafka.relay import MAX_BATCH_BYTES, TOGETHER, Relay
from chassis.kafka.security import Access
from chassis.postgres.outbox import Outbox, StoredRow
from chassis.postgres.pool import Pool, open_pool
from measure import Corner, corner, in_turns, last_line, middle, ratio, run, table

SERVICE, TOPIC, PARTITIONS = "destana", "kentongan.bench.outbox.v1", 4
ROWS, KEYS, BYTES = 20_000, 500, 200
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
TYPE = "kentongan.bench.v1.Written"
FILL = (
    "insert into outbox(topic, key, type, subject, value, event_id, occurred_at, traceparent)"
    " select $1, convert_to('key ' || n % $3, 'utf8'), $4, 's', convert_to(lpad(n::text, $5, 'x'), 'utf8'),"
    " gen_random_uuid(), now(), $6 from generate_series(1, $2::int) n order by n"
)


class Bench:
    """Sends the same rows both ways."""

    def __init__(self, at: Corner, pool: Pool) -> None:
        broker = at.kafka.broker
        self._at, self._pool = at, pool
        self._access = Access(broker.bootstrap, "admin", broker.ca, broker.password("admin"), at.kafka.prefix)

    async def by_relay(self) -> float:
        """Rows a second, from the wake after the commit that wrote them to the last row's deletion."""
        outbox = _Counted(self._pool)
        relay = Relay(self._access, SERVICE, self._pool, outbox)
        running = asyncio.create_task(relay.run())
        await self._write(1)  # a first row: the leader is chosen, the producer has its connection
        outbox.wake.set()
        await outbox.until(1)
        await self._write(ROWS)
        begun = time.perf_counter()
        outbox.wake.set()
        await outbox.until(1 + ROWS)
        took = time.perf_counter() - begun
        running.cancel()
        await asyncio.wait([running])
        return ROWS / took

    async def by_producer(self) -> float:
        """Records a second by `send`, as many at a time as the relay has, with the relay's size of batches."""
        records = [(f"key {n % KEYS}".encode(), str(n).rjust(BYTES, "x").encode(), _headers()) for n in range(ROWS)]
        name = self._at.kafka.name(TOPIC)
        async with self._producer() as writer:
            await writer.send_and_wait(name, b"first", key=b"first")
            begun = time.perf_counter()
            for start in range(0, ROWS, TOGETHER):
                some = records[start : start + TOGETHER]
                await asyncio.gather(
                    *[await writer.send(name, value, key, headers=more) for key, value, more in some]
                )
            return ROWS / (time.perf_counter() - begun)

    async def broker_alone(self) -> float:
        """Records a second that the broker takes when batches are made beforehand."""
        name = self._at.kafka.name(TOPIC)
        async with self._producer() as writer:
            await writer.send_and_wait(name, b"first", key=b"first")
            batches: list[Any] = []
            for n in range(ROWS):
                what = {"key": b"key", "value": str(n).rjust(BYTES, "x").encode(), "headers": _headers()}
                if not batches or batches[-1].append(timestamp=None, **what) is None:
                    batches.append(writer.create_batch())
                    batches[-1].append(timestamp=None, **what)
            begun = time.perf_counter()
            futures = [
                await writer.send_batch(batch, name, partition=number % PARTITIONS)
                for number, batch in enumerate(batches)
            ]
            await asyncio.gather(*futures)
            return ROWS / (time.perf_counter() - begun)

    async def _write(self, rows: int) -> None:
        await self._pool.execute(FILL, TOPIC, rows, KEYS, TYPE, BYTES, TRACE)

    def _producer(self) -> AIOKafkaProducer:
        return AIOKafkaProducer(
            **self._at.kafka.broker.client(), enable_idempotence=True, linger_ms=0, max_batch_size=MAX_BATCH_BYTES
        )


class _Counted(Outbox):
    """Tells when so many rows have left and are deleted."""

    def __init__(self, pool: Pool) -> None:
        super().__init__(pool)
        self._left = 0
        self._news = asyncio.Event()

    async def fetch_on(self, limit: int, sent: Sequence[StoredRow]) -> list[StoredRow]:
        found = await super().fetch_on(limit, sent)
        self._left += len(sent)
        self._news.set()
        return found

    async def until(self, count: int) -> None:
        """Wait until `count` rows have left."""
        while self._left < count:
            await self._news.wait()
            self._news.clear()


def _headers() -> list[tuple[str, bytes]]:
    return cloud_headers(
        event_id=_ID,
        source=f"/kentongan/{SERVICE}",
        type_=TYPE,
        subject="s",
        time=_NOW,
        schema="kentongan.bench.v1",
        traceparent=TRACE,
    )


_NOW = datetime.now(UTC)
_ID = str(uuid4())


async def main() -> None:
    """Measure."""
    async with corner() as at, asyncio.timeout(600):
        database = await at.databases(SERVICE, at.migrations(SERVICE))
        pool = await open_pool(database.url, password=database.password, name="bench", size=4)
        await at.kafka.create(TOPIC, partitions=PARTITIONS)
        bench = Bench(at, pool)
        kinds = {"ours": bench.by_relay, "plain producer": bench.by_producer, "broker alone": bench.broker_alone}
        values = await in_turns(kinds)
        await pool.close()
    table(f"relay: rows of {BYTES} bytes, {PARTITIONS} partitions", values, "rows/s")
    got = ratio(values, "ours", "plain producer")
    print(f"\nours / plain producer: {got:.2f} (goal 0.7)")
    last_line("relay", middle(values, "ours"), middle(values, "plain producer"), got, "rows/s", goal=0.7)


if __name__ == "__main__":
    run(main)
