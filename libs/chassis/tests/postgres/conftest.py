"""A boundary on a database of the test's own; the port's suite runs against it and against memory."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chassis.postgres.boundary import Boundary
from chassis.postgres.pool import Pool, open_pool
from chassis.testing.clock import MovableClock
from chassis.testing.postgres import Databases

sys.path.append(str(Path(__file__).parent))  # pytest's importlib mode does not let tests share a module otherwise

from errands import DDL, TABLE, encode
from subjects import InDatabase, InMemory


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
async def pool(database: Databases) -> AsyncIterator[Pool]:
    made = await database("telponi")
    opened = await open_pool(made.url, password=made.password, name="test", size=4)
    await opened.execute(DDL)
    yield opened
    await opened.close()


@pytest.fixture
def boundary(pool: Pool, clock: MovableClock) -> Boundary:
    return Boundary(pool, [TABLE], encode, clock, "telponi")


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.integration)])
def subject(request: pytest.FixtureRequest, clock: MovableClock) -> InMemory | InDatabase:
    if request.param == "memory":
        return InMemory(clock)
    return InDatabase(request.getfixturevalue("boundary"))
