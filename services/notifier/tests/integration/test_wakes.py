"""Words between processes: heard at once, and again after the connection was lost."""

import asyncio
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from chassis.testing.postgres import Databases
from chassis.testing.until import until
from notifier.adapters import alert_news
from notifier.adapters.alert_news import AlertNews
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


async def test_a_word_for_everywhere_is_heard_here_too_and_once(two: Any) -> None:
    here, there, other = two
    mine, theirs = here.event("desk"), there.event("desk")
    heard: list[str] = []
    for wakes in (here, there):
        wakes.hear("of", heard.append)
    for event in (mine, theirs):
        event.clear()
    here.everywhere("desk")
    assert mine.is_set()
    mine.clear()
    await asyncio.wait_for(theirs.wait(), 5)
    here.everywhere("of:a:b")
    await until(lambda: heard == ["a:b", "a:b"])
    await other.execute("select pg_notify('notifier_wake', 'of:c')")  # behind all that came before
    await until(lambda: heard[2:] == ["c", "c"])
    assert not mine.is_set()


async def test_whoever_watches_an_alert_is_told_of_its_changes_in_another_process(two: Any) -> None:
    here, there, _ = two
    watcher, worker, alert = AlertNews(here), AlertNews(there), uuid4()
    changed = watcher.watch(alert)
    await until(lambda: bool(worker._until))
    took = []
    for _ in range(11):
        changed.clear()
        began = time.monotonic()
        worker.changed([uuid4(), alert])
        await asyncio.wait_for(changed.wait(), 5)
        took.append(time.monotonic() - began)
    assert sorted(took)[5] < 0.25  # looking twice a second alone would be 0.25 s on average


async def test_of_an_alert_that_nobody_watches_nobody_is_told(two: Any) -> None:
    here, there, _ = two
    now = [0.0]
    watcher, worker, alert, heard = AlertNews(here), AlertNews(there, lambda: now[0]), uuid4(), list[str]()
    here.hear(alert_news.CHANGED, heard.append)
    worker.changed([alert])
    watcher.watch(alert)
    await until(lambda: bool(worker._until))
    worker.changed([uuid4()])
    now[0] = alert_news.KEPT + 1  # whoever watched is gone
    watcher.watch(other := uuid4())
    await until(lambda: other in worker._until)
    worker.changed([alert, other])
    await until(lambda: heard == [str(other)])
    assert list(worker._until) == [other]
