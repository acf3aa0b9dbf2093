"""Expands alerts as they come: one task per lane, so that a big routine audience holds up nobody."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

from chassis.kernel.hearing import heard
from notifier.domain.lane import Lane

LOOK = 0.5  # seconds: how often a lane is looked at without being woken
LOOK_WHILE_BUSY = 0.02  # seconds: the same while another process plans the lane
_log = logging.getLogger(__name__)


class Turn(Protocol):
    """What one turn of planning did."""

    @property
    def more(self) -> bool:
        """Whether more waits."""

    @property
    def busy(self) -> bool:
        """Whether somebody else plans the lane."""


class Planner:
    """A part of the process. `turn` plans a page and wakes who sends it; `woken` is set when alerts come."""

    def __init__(self, turn: Callable[[Lane], Awaitable[Turn]], woken: Callable[[Lane], asyncio.Event]) -> None:
        self.name = "planner"
        self.ready = True
        self._turn = turn
        self._woken = woken
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin to plan."""
        self._tasks = [asyncio.create_task(self._plan(lane), name=f"planner:{lane.word}") for lane in Lane]

    async def stop(self) -> None:
        """Leave the page that is not committed; whoever comes next finds it again."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _plan(self, lane: Lane) -> None:
        woken = self._woken(lane)
        while True:
            woken.clear()
            try:
                turn = await self._turn(lane)
            except Exception:  # noqa: BLE001 - told in the log with its trace; the next turn begins where this one did
                _log.exception("planning of lane %s failed; it is tried again", lane.word)
                await asyncio.sleep(LOOK)
                continue
            if not turn.more:
                await heard(woken, LOOK_WHILE_BUSY if turn.busy else LOOK)
