"""Looks after alerts beside their planning: what expires, how far they are, what is kept for a digest."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from chassis.kernel.clock import Clock
from chassis.postgres.leader import lead
from chassis.postgres.pool import Pool

LOOK = 1.0  # seconds between two rounds when nothing waits
_log = logging.getLogger(__name__)

Chores = Mapping[str, Callable[[datetime], Awaitable[bool]]]
"""By name: each does a bounded piece of work and says whether more of it waits."""


def keeping(pool: Pool, clock: Clock, chores: Chores) -> Callable[[], Awaitable[None]]:
    """Make what runs for ever: one process at a time does the chores, in turns."""

    async def rounds() -> None:
        while True:
            waits = [await _do(name, chore, clock.now()) for name, chore in chores.items()]
            await asyncio.sleep(0 if any(waits) else LOOK)

    return lambda: lead(pool, "keeper of alerts", rounds)


async def _do(name: str, chore: Callable[[datetime], Awaitable[bool]], now: datetime) -> bool:
    try:
        return await chore(now)
    except Exception:  # noqa: BLE001 - told in the log with its trace; the others go on, and it is tried again
        _log.exception("%s of alerts failed; it is tried again", name)
        return False
