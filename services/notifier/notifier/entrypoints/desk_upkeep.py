"""Tells the metrics who waits for the service desk, and erases what was said there long ago."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol

from chassis.kernel.clock import Clock
from notifier import metrics
from notifier.application.desk_views import Board
from notifier.domain.desk import DeskState

EVERY = 10.0  # seconds

_log = logging.getLogger(__name__)


class Shelf(Board, Protocol):
    """The board, and what lies behind it."""

    async def erase(self, before: datetime) -> None:
        """Erase what was said before."""


def tending(shelf: Shelf, keep: timedelta, clock: Clock) -> Callable[[], Awaitable[None]]:
    """Give the work of a part that tends the desk for as long as the process lives."""

    async def tend() -> None:
        while True:
            try:
                await tend_once(shelf, keep, clock.now())
            except Exception as error:  # noqa: BLE001 - a database that is away: it is looked at again
                _log.warning("the desk cannot be read: %s", type(error).__name__)
            await asyncio.sleep(EVERY)

    return tend


async def tend_once(shelf: Shelf, keep: timedelta, now: datetime) -> None:
    """Look once."""
    waiting = [one.since for one in await shelf.open([DeskState.WAITING]) if one.since and not one.answered]
    metrics.DESK_WAITING.set(len(waiting))
    metrics.DESK_OLDEST.set(min(waiting, default=now).timestamp())
    await shelf.erase(now - keep)
