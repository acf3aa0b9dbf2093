"""A running service on topics and a database of the test's own."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chassis.postgres.pool import open_pool
from chassis.process import Process
from chassis.testing.kafka import Kafka
from chassis.testing.postgres import Database, Databases
from chassis.testing.until import until

sys.path.append(str(Path(__file__).parent))  # pytest's importlib mode does not let tests share a module otherwise

from ledger import DDL, DEAD, OUT, TOPIC, USER, Orders, service


@pytest.fixture
def orders() -> Orders:
    return Orders()


@pytest.fixture
async def bus(kafka: Kafka) -> Kafka:
    await kafka.create(TOPIC, OUT, DEAD, partitions=4, users=[USER])
    return kafka


@pytest.fixture
async def own(database: Databases) -> Database:
    made = await database(USER)
    pool = await open_pool(made.url, password=made.password, name="test", size=1)
    await pool.execute(DDL)
    await pool.close()
    return made


@pytest.fixture
async def running(bus: Kafka, own: Database, orders: Orders) -> AsyncIterator[Process]:
    process = service(bus, own, orders)
    await process.start()
    await until(lambda: not process.unready, 20, "ready")
    yield process
    await process.stop()
