"""Words between processes: heard at once, and again after the connection was lost."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from chassis.testing.kafka import until
from chassis.testing.postgres import Databases
from notifier.adapters.session import open_session
from notifier.adapters.wakes import Wakes

pytestmark = pytest.mark.integration
MIGRATIONS = Path(__file__).parents[2] / "migrations"


@pytest.fixture
async def two(database: Databases) -> Any:
    """Two processes' wakes on one database, and a third connection."""
    own = await database("notifier", MIGRATIONS)

    async def connect() -> Any:
        return await open_session(own.url, password=own.password, name="wakes")

    here, there = Wakes(), Wakes()
    for wakes in (here, there):
        await wakes.join(connect)
    await until(lambda: here.joined and there.joined)
    other = await open_session(own.url, password=own.password, name="test")
    yield here, there, other
    await other.close()
    for wakes in (here, there):
        await wakes.leave()


async def test_a_word_is_heard_in_another_process_at_once(two: Any) -> None:
    here, there, _ = two
    heard, took = there.event("queue:4"), []
    heard.clear()
    for _ in range(20):
        began = time.monotonic()
        here.wake("queue:4")
        await asyncio.wait_for(heard.wait(), 2)
        heard.clear()
        took.append(time.monotonic() - began)
    assert sorted(took)[10] < 0.2  # looking now and then alone would be 0.25 s on average


async def test_what_somebody_here_waits_for_is_told_to_nobody_else(two: Any) -> None:
    here, there, _ = two
    mine, theirs = here.event("queue:4"), there.event("queue:4")
    for event in (mine, theirs):
        event.clear()
    here.wake("queue:4")
    assert mine.is_set()
    here.wake("queue:5")
    there.event("queue:5")
    await asyncio.sleep(0.2)
    assert not theirs.is_set()


async def test_a_lost_connection_is_opened_again_and_everybody_looks(two: Any) -> None:
    here, there, other = two
    heard = there.event("queue:4")
    heard.clear()
    await other.execute("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'wakes'")
    await asyncio.wait_for(heard.wait(), 5)  # looks, for it may have missed something
    await until(lambda: here.joined and there.joined)
    heard.clear()
    here.wake("queue:4")
    await asyncio.wait_for(heard.wait(), 2)
