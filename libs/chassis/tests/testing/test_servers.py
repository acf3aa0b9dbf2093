import time

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import TopicAuthorizationFailedError

from chassis.testing.kafka import Kafka
from chassis.testing.postgres import Databases

pytestmark = pytest.mark.integration


async def test_a_record_goes_through_the_test_s_own_topic(kafka: Kafka) -> None:
    await kafka.create("orders.v1", users=["telponi"])
    await kafka.send("orders.v1", b"one", key=b"k", headers=[("ce_id", b"1")])
    (record,) = await kafka.read("orders.v1", count=1)
    assert (record.key, record.value, list(record.headers)) == (b"k", b"one", [("ce_id", b"1")])


async def test_a_user_is_let_in_where_named_and_nowhere_else(kafka: Kafka) -> None:
    await kafka.create("mine.v1", users=["telponi"])
    await kafka.create("theirs.v1", users=["destana"])
    async with AIOKafkaProducer(**kafka.broker.client("telponi")) as producer:
        await producer.send_and_wait(kafka.name("mine.v1"), b"x")
        with pytest.raises(TopicAuthorizationFailedError):
            await producer.send_and_wait(kafka.name("theirs.v1"), b"x")


async def test_a_user_s_group_reads(kafka: Kafka) -> None:
    await kafka.create("mine.v1", users=["telponi"])
    await kafka.send("mine.v1", b"x")
    consumer = AIOKafkaConsumer(
        kafka.name("mine.v1"),
        **kafka.broker.client("telponi"),
        group_id=kafka.name("telponi"),
        auto_offset_reset="earliest",
    )
    async with consumer:
        assert (await consumer.getone()).value == b"x"


async def test_databases_are_apart(database: Databases) -> None:
    one, two = await database.empty("telponi"), await database.empty("telponi")
    first, second = await asyncpg.connect(one.dsn), await asyncpg.connect(two.dsn)
    await first.execute("create table t (x int)")
    assert await first.fetchval("select to_regclass('t')") is not None
    assert await second.fetchval("select to_regclass('t')") is None
    await first.close()
    await second.close()


@pytest.mark.parametrize("n", range(5))
async def test_a_corner_costs_little(kafka: Kafka, database: Databases, n: int) -> None:
    started = time.perf_counter()
    await kafka.create(*(f"t{i}.v1" for i in range(10)), users=["telponi"])
    await database.empty("telponi")
    assert time.perf_counter() - started < 5, n


async def test_a_migrated_database_belongs_to_its_service(database: Databases) -> None:
    made = await database("telponi")
    connection = await asyncpg.connect(made.dsn)
    await connection.execute("delete from outbox")
    await connection.close()
