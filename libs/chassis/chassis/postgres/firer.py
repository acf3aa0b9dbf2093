"""Fires timers when their time has come by the service's clock."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from chassis.kernel.work import Timer
from chassis.postgres import inbox, timers
from chassis.postgres.boundary import Boundary
from chassis.postgres.failures import DatabaseAway
from chassis.postgres.leader import lead
from chassis.postgres.step import Failed, Outcome, Step
from chassis.postgres.timers import DueTimer

TOGETHER = 200
IDLE = 0.5  # seconds: timers set by another process are seen this much later at most
SHORTEST = 0.0005  # seconds
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(hours=1)

SWEEP_EVERY, KEEP = timedelta(hours=1), timedelta(days=14)
"""How often old inbox rows and answers are deleted, and how long they are kept: longer than any topic's retention."""

Handlers = Mapping[str, Callable[[Timer], Step[Any]]]

_log = logging.getLogger(__name__)


class TimerFirer:
    """One per service fires, in the order of time; `run` waits for its turn (advisory lock) and takes over.

    A timer is deleted in the transaction of its handler. One that fails is tried again later, with growing pauses,
    and holds up nobody. Being the only one, it also deletes inbox rows and answers older than `keep`.
    A clock with an event `moved` (`chassis.testing.clock`) wakes the firer when it is moved.
    """

    def __init__(self, boundary: Boundary, handlers: Handlers, keep: timedelta = KEEP) -> None:
        self._boundary = boundary
        self._keep = keep
        self._swept: datetime | None = None
        self._handlers = handlers
        self._moved: asyncio.Event | None = getattr(boundary.clock, "moved", None)

    async def run(self) -> None:
        """Fire until cancelled."""
        await lead(self._boundary.pool, f"timers of {self._boundary.consumer_name}", self._fire_on)

    async def fire_due(self) -> int:
        """Fire what is due now, oldest first; give how many were tried."""
        now = self._boundary.clock.now()
        due = await timers.due_timers(self._boundary.pool, now, TOGETHER)
        if due:
            outcomes = await self._boundary.run([self._step(one.timer) for one in due])
            await self._postpone(due, outcomes)
        return len(due)

    async def _fire_on(self) -> None:
        while True:
            self._boundary.timers_changed.clear()
            self._boundary.timers_until = None
            if self._moved is not None:
                self._moved.clear()
            if not await self.fire_due():
                await self._sweep()
                await self._wait()

    async def _sweep(self) -> None:
        now = self._boundary.clock.now()
        if self._swept is None or now - self._swept >= SWEEP_EVERY:
            await inbox.forget(self._boundary.pool, now - self._keep)
            self._swept = now

    def _step(self, timer: Timer) -> Step[Any]:
        handler = self._handlers.get(timer.kind)
        if handler is None:
            return Step(None, _unknown(timer), timer=timer)
        return replace(handler(timer), timer=timer)

    async def _postpone(self, due: Sequence[DueTimer], outcomes: Sequence[Outcome[Any]]) -> None:
        now = self._boundary.clock.now()
        failed = [(one, outcome.error) for one, outcome in zip(due, outcomes, strict=True) if type(outcome) is Failed]
        if len(failed) == len(due) and all(isinstance(error, DatabaseAway) for _, error in failed):
            raise failed[0][1]
        for (timer, failures), error in failed:
            _log.error("timer failed", extra={"timer": timer.id, "kind": timer.kind}, exc_info=error)
            pause = min(FIRST_PAUSE * 2 ** min(failures, 20), LONGEST_PAUSE)
            await timers.postpone(self._boundary.pool, timer, now, pause)

    async def _wait(self) -> None:
        """Until the next is due, a timer was set here, the clock was moved, or a look at what others did is due."""
        due = await timers.next_due(self._boundary.pool)
        now = self._boundary.clock.now()
        left = IDLE if due is None else min(IDLE, max(SHORTEST, (due - now).total_seconds()))
        self._boundary.timers_until = now + timedelta(seconds=left)
        waits = [asyncio.ensure_future(self._boundary.timers_changed.wait())]
        if self._moved is not None:
            waits.append(asyncio.ensure_future(self._moved.wait()))
        try:
            await asyncio.wait(waits, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()


def _unknown(timer: Timer) -> Callable[[object], Any]:
    async def handle(_: object) -> None:
        raise LookupError(f"no handler for timers of kind {timer.kind}")

    return handle
