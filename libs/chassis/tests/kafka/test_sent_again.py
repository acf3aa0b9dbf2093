"""A dead letter that is sent again, once its cause is mended, is done, and done once."""

from uuid import uuid4

import pytest
from ledger import DEAD, TOPIC, Orders, entries, headers, order

from chassis.kernel.errors import Reject
from chassis.process import Process
from chassis.testing.kafka import Kafka
from chassis.testing.until import until

pytestmark = pytest.mark.integration


async def test_the_same_event_sent_again_is_not_taken_for_done(bus: Kafka, running: Process, orders: Orders):
    key, given = uuid4(), headers(uuid4())
    value = order(key, "late")
    orders.broken = Reject("order", "refused", "ditolak")
    await bus.send(TOPIC, value, key=str(key).encode(), headers=given)
    await bus.read(DEAD, count=1)
    await bus.send(TOPIC, value, key=str(key).encode(), headers=given)
    assert len(await bus.read(DEAD, count=2)) == 2  # still broken: it dies again, and is not lost
    orders.broken = None
    for _ in range(2):
        await bus.send(TOPIC, value, key=str(key).encode(), headers=given)

    async def written() -> bool:
        return await entries(running.pool, key) == ["late"]

    await until(written, 15, "the event")
    await bus.send(TOPIC, order(key, "next"), key=str(key).encode(), headers=headers(uuid4()))

    async def next_written() -> bool:
        return await entries(running.pool, key) == ["late", "next"]

    await until(next_written, 15, "the next")
