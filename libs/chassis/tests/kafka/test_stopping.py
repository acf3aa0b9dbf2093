"""A lane that is stopped while it starts: nothing of it may keep the process."""

import asyncio
import contextlib
import threading
from typing import Any

import faust
import pytest
from ledger import TOPIC, USER, way_in

from chassis.kafka.lane import Lane
from chassis.kafka.security import Access
from chassis.kafka.transport import ReadingThread
from chassis.testing.kafka import Kafka
from chassis.testing.until import until

WITHIN = 3.0  # seconds


@pytest.fixture
def access(bus: Kafka) -> Access:
    return Access.of(way_in(bus), bus.prefix)


async def nothing(_: Any) -> None:
    pass


def readers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if isinstance(thread, ReadingThread)]


async def ended_with_their_loop() -> set[asyncio.Task[Any]]:
    """Cancel all that runs, once, as a loop does that is closed; give what does not end by that."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    return (await asyncio.wait(tasks, timeout=WITHIN))[1] if tasks else set()


@pytest.mark.integration
@pytest.mark.parametrize("hundredths", range(0, 200, 10))
async def test_it_is_stopped_at_any_moment_of_its_start(access: Access, hundredths: int) -> None:
    lane = Lane(access, USER, [TOPIC], nothing)
    await lane.start()
    await asyncio.sleep(hundredths / 100)
    async with asyncio.timeout(WITHIN):
        await lane.stop()
    assert await ended_with_their_loop() == set()


@pytest.mark.integration
async def test_what_does_not_stop_in_time_is_given_up_and_ends(
    access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def for_ever(_: Any) -> None:
        with contextlib.suppress(asyncio.CancelledError):  # as Faust does now and then
            await asyncio.Event().wait()

    lane = Lane(access, USER, [TOPIC], nothing)
    await lane.start()
    await until(lambda: lane.ready, 20, "ready")
    monkeypatch.setattr(faust.App, "stop", for_ever)
    async with asyncio.timeout(WITHIN):
        await lane.stop()
    await until(lambda: not readers(), WITHIN, "the end of the reader's thread")
    assert await ended_with_their_loop() == set()
