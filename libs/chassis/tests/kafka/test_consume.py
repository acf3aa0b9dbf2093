"""What becomes of events that cannot be done, and of their neighbours."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from ledger import DEAD, OUT, TOPIC, Orders, entries, headers, order, send

from chassis.process import Process
from chassis.testing.kafka import Kafka
from chassis.testing.until import until

pytestmark = pytest.mark.integration


async def until_written(process: Process, key: UUID, *expected: str) -> None:
    async def written() -> bool:
        return await entries(process.pool, key) == list(expected)

    try:
        await until(written, 15)
    except TimeoutError:
        assert await entries(process.pool, key) == list(expected)


def words(record: Any) -> dict[str, str]:
    return {name: value.decode() for name, value in record.headers}


async def test_events_are_done_in_the_order_of_their_key_and_told_on_the_bus(bus: Kafka, running: Process):
    one, two = uuid4(), uuid4()
    for number in range(20):
        await send(bus, one if number % 2 else two, str(number))
    await until_written(running, one, *[str(n) for n in range(1, 20, 2)])
    await until_written(running, two, *[str(n) for n in range(0, 20, 2)])
    told = await bus.read(OUT, count=20)
    assert [r.value.decode() for r in told if r.key == str(one).encode()] == [str(n) for n in range(1, 20, 2)]
    said = words(told[0])
    assert said["ce_type"] == "kentongan.trial.v1.Written"
    assert said["ce_dataschema"] == "kentongan.trial.v1"
    assert said["ce_source"] == "/kentongan/telponi"
    assert UUID(said["ce_id"])


async def test_a_redelivered_event_has_one_effect(bus: Kafka, running: Process):
    key, event = uuid4(), uuid4()
    for _ in range(3):
        await bus.send(TOPIC, order(key, "once"), key=str(key).encode(), headers=headers(event))
    await send(bus, key, "last")
    await until_written(running, key, "once", "last")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"\xff\xff\xff", "undecodable"),
        (order(uuid4(), "x" * 97), "rule_broken:cause:string.max_len"),
        (order(uuid4(), "poison"), "made_up"),
        (order(uuid4(), "reject"), "rejected:order:refused"),
        (order(uuid4(), "bug"), "bug:ZeroDivisionError"),
    ],
    ids=["undecodable", "against a rule", "said to be poison", "refused", "a bug"],
)
async def test_what_can_never_work_goes_to_the_dead_letters_at_once(
    bus: Kafka, running: Process, value: bytes, reason: str
):
    key = uuid4()
    await send(bus, key, "before")
    offset = await bus.send(TOPIC, value, key=str(key).encode(), headers=headers(traceparent="00-a-b-00"))
    await send(bus, key, "after")
    await until_written(running, key, "before", "after")
    (letter,) = await bus.read(DEAD, count=1)
    said = words(letter)
    assert letter.value == value
    assert letter.key == str(key).encode()
    assert said["dlq-reason"] == reason
    assert said["dlq-topic"] == TOPIC
    assert said["dlq-offset"] == str(offset)
    assert said["traceparent"] == "00-a-b-00"
    assert len(said["dlq-digest"]) == 12
    assert "Siti" not in str(letter)


async def test_a_record_without_an_event_id_dies_once_by_its_place(bus: Kafka, running: Process):
    key = uuid4()
    await bus.send(TOPIC, order(key, "nameless"), key=str(key).encode())
    (letter,) = await bus.read(DEAD, count=1)
    assert words(letter)["dlq-reason"] == "no_event_id"
    assert not running.unready


async def test_a_busy_event_is_tried_again_in_place_before_its_successors(bus: Kafka, running: Process):
    key = uuid4()
    await send(bus, key, "first", "busy:2", "last")
    await until_written(running, key, "first", "busy:2", "last")
    assert await running.pool.fetchval("select count(*) from parked") == 0


async def test_a_key_that_stays_busy_waits_in_order_while_others_flow(bus: Kafka, running: Process):
    key, other = uuid4(), uuid4()
    await send(bus, key, "first", "busy:8", "second", "third")
    await send(bus, other, "free")
    await until_written(running, other, "free")
    await until_written(running, key, "first")
    await send(bus, key, "fourth")
    await until_written(running, key, "first", "busy:8", "second", "third", "fourth")
    await send(bus, key, "fifth")
    await until_written(running, key, "first", "busy:8", "second", "third", "fourth", "fifth")


async def test_ignored_facts_and_tombstones_pass(bus: Kafka, running: Process, orders: Orders):
    key = uuid4()
    await send(bus, key, "ignore")
    await bus.send(TOPIC, None, key=str(key).encode(), headers=headers())
    await send(bus, key, "done")
    await until_written(running, key, "done")
    assert await bus.read(DEAD) == []
    assert orders.tried == {"done": 1}
