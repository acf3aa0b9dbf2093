"""Who waits for Kafka looks together."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from plans import Desk, desk

from chassis.testing.until import until
from notifier.adapters.departures import Departures

pytestmark = pytest.mark.integration
ROW = (
    "insert into outbox(topic, type, value, subject, event_id, occurred_at)"
    " values ('t', 'T', '', '', gen_random_uuid(), now()) returning seq"
)


@pytest.fixture
async def planner(database: Any) -> AsyncIterator[Desk]:
    made = await desk(database)
    yield made
    await made.pool.close()


class Counting:
    """A pool that counts what it is asked."""

    def __init__(self, pool: Any) -> None:
        self._pool, self.asked = pool, 0

    async def fetchval(self, question: str) -> Any:
        self.asked += 1
        return await self._pool.fetchval(question)


async def test_each_waits_for_what_was_there_and_a_hundred_ask_as_little_as_one(planner: Desk) -> None:
    pool = Counting(planner.pool)
    departures = Departures(pool)  # type: ignore[arg-type]
    await departures.all()
    first = await planner.pool.fetchval(ROW)
    early = [asyncio.create_task(departures.all()) for _ in range(100)]
    await until(lambda: pool.asked > 101)
    second = await planner.pool.fetchval(ROW)
    late = asyncio.create_task(departures.all())
    asked, before = pool.asked, asyncio.get_running_loop().time()
    await asyncio.sleep(0.3)
    looks = (asyncio.get_running_loop().time() - before) / 0.003
    assert pool.asked - asked <= looks + 2
    await planner.pool.execute("delete from outbox where seq = $1", first)
    await asyncio.wait_for(asyncio.gather(*early), 5)
    await asyncio.sleep(0.05)
    assert not late.done()
    await planner.pool.execute("delete from outbox where seq = $1", second)
    await asyncio.wait_for(late, 5)


async def test_a_database_that_went_away_is_said_to_all_who_wait_and_the_next_may_ask_again(planner: Desk) -> None:
    departures = Departures(planner.pool)
    seq = await planner.pool.fetchval(ROW)
    waiting = [asyncio.create_task(departures.all()) for _ in range(3)]
    await asyncio.sleep(0.05)
    pool, departures._pool = departures._pool, Broken()  # type: ignore[assignment]
    answers = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 5)
    assert [type(one) for one in answers] == [OSError] * 3
    departures._pool = pool
    await planner.pool.execute("delete from outbox where seq = $1", seq)
    await asyncio.wait_for(departures.all(), 5)


class Broken:
    async def fetchval(self, _: str) -> Any:
        raise OSError("gone")


async def test_a_look_that_began_before_a_row_was_there_tells_nothing_of_it(planner: Desk) -> None:
    slow = Slow(planner.pool)
    departures = Departures(slow)  # type: ignore[arg-type]
    first = await planner.pool.fetchval(ROW)
    early = asyncio.create_task(departures.all())
    await slow.asked_for_first.wait()
    await planner.pool.execute("delete from outbox where seq = $1", first)
    slow.held.set()  # its answer will be: nothing is there
    second = await planner.pool.fetchval(ROW)
    late = asyncio.create_task(departures.all())
    await asyncio.wait_for(early, 5)
    await asyncio.sleep(0.05)
    assert not late.done()
    await planner.pool.execute("delete from outbox where seq = $1", second)
    await asyncio.wait_for(late, 5)


class Slow:
    """Its first look takes until it is let go, and is as of before."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self.asked_for_first, self.held = asyncio.Event(), asyncio.Event()

    async def fetchval(self, question: str) -> Any:
        if "min" in question and not self.asked_for_first.is_set():
            self.asked_for_first.set()
            await self.held.wait()
            await asyncio.sleep(0.02)
            return None
        return await self._pool.fetchval(question)
