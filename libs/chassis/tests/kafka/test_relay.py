"""The relay: everything once in the log, in order, whatever happens to the way there."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from ledger import OUT, USER, settings

from chassis.kafka.relay import Relay
from chassis.kafka.security import Access
from chassis.postgres.outbox import Outbox
from chassis.postgres.pool import Pool, open_pool
from chassis.testing.kafka import Kafka
from chassis.testing.postgres import Database
from chassis.testing.until import until

pytestmark = pytest.mark.integration

FILL = (
    "insert into outbox(topic, key, type, subject, value, event_id, occurred_at)"
    " select $1, convert_to('k' || n % 50, 'utf8'), 'kentongan.trial.v1.Written', 's', convert_to(n::text, 'utf8'),"
    " gen_random_uuid(), now() from generate_series(1, $2::int) n order by n"
)


@pytest.fixture
async def pool(own: Database) -> AsyncIterator[Pool]:
    opened = await open_pool(own.url, password=own.password, name="test", size=4)
    yield opened
    await opened.close()


def relay(bus: Kafka, own: Database, pool: Pool) -> Relay:
    return Relay(Access.of(settings(bus, own).kafka, bus.prefix), USER, pool, Outbox(pool))


async def run_until_empty(one: Relay) -> float:
    begun = time.monotonic()
    running = asyncio.create_task(one.run())
    await asyncio.wait_for(one.emptied(), 30)
    took = time.monotonic() - begun
    running.cancel()
    await asyncio.wait([running])
    return took


async def values_by_key(bus: Kafka, count: int) -> dict[bytes | None, list[int]]:
    found: dict[bytes | None, list[int]] = {}
    for record in sorted(await bus.read(OUT, count=count), key=lambda one: (one.partition, one.offset)):
        found.setdefault(record.key, []).append(int(record.value))
    return found


async def test_rows_arrive_in_the_order_of_their_key(bus: Kafka, own: Database, pool: Pool):
    await pool.execute(FILL, OUT, 5000)
    await run_until_empty(relay(bus, own, pool))
    found = await values_by_key(bus, 5000)
    assert sum(map(len, found.values())) == 5000
    assert all(numbers == sorted(numbers) for numbers in found.values())


async def test_a_batch_of_which_nobody_knows_is_sent_again_before_anything_later(
    bus: Kafka, own: Database, pool: Pool, monkeypatch: pytest.MonkeyPatch
):
    await pool.execute(FILL, OUT, 5000)
    sent, original = [0], AIOKafkaProducer.send_batch

    async def unlucky(self: AIOKafkaProducer, *args: object, **more: object) -> object:
        sent[0] += 1
        future = await original(self, *args, **more)
        if sent[0] in {2, 7}:
            await future  # Kafka has it, and we do not hear of it
            raise KafkaError("connection lost")
        return future

    monkeypatch.setattr(AIOKafkaProducer, "send_batch", unlucky)
    await run_until_empty(relay(bus, own, pool))
    found = await values_by_key(bus, 0)
    assert sum(map(len, found.values())) > 5000, "nothing was sent twice: nothing was tried"
    for numbers in found.values():
        firsts = list(dict.fromkeys(numbers))
        assert len(firsts) == 100
        assert firsts == sorted(firsts)


@pytest.mark.parametrize("committed_by", [0, 1], ids=["the one that leads", "another process"])
async def test_a_waking_commit_leaves_at_once_and_one_relay_works(
    bus: Kafka, own: Database, pool: Pool, committed_by: int
):
    access = Access.of(settings(bus, own).kafka, bus.prefix)
    outboxes = [Outbox(pool), Outbox(pool)]
    tasks = []
    for outbox in outboxes:
        one = Relay(access, USER, pool, outbox)
        tasks.append(asyncio.create_task(one.run()))
        await pool.execute(FILL, OUT, 1)
        await asyncio.wait_for(one.emptied(), 10)  # the first of them leads
    waits = []
    for _ in range(20):
        await pool.execute(FILL, OUT, 1)
        outboxes[committed_by].wake.set()
        begun = time.monotonic()
        await until(lambda: _empty(outboxes[0]), 5)
        waits.append(time.monotonic() - begun)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    assert sorted(waits)[10] < 0.25, waits  # polling alone would be 0.25 s on average
    assert len(await bus.read(OUT, count=22)) == 22


async def _empty(outbox: Outbox) -> bool:
    return await outbox.count() == 0
