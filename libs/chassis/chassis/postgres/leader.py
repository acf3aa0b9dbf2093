"""One process at a time: whoever holds the advisory lock of a name works, the others wait."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from zlib import crc32

from chassis.kernel.errors import Transient
from chassis.kernel.hearing import heard
from chassis.postgres.failures import TROUBLE
from chassis.postgres.pool import Pool

RETRY = 0.2  # seconds between attempts: how long a take-over takes after the holder was killed
PASSED_ON = 0.05  # seconds between two words to the holder: every one costs the database a commit of its own
LOCKS = 3317  # the first half of the lock's key, apart from other users of advisory locks

_log = logging.getLogger(__name__)


async def lead(pool: Pool, name: str, work: Callable[[], Awaitable[None]], wake: asyncio.Event | None = None) -> None:
    """Run `work` while this process holds the lock of `name` in the pool's database; for ever, until cancelled.

    `wake` tells that there is work: where another process holds the lock, setting it here sets it there.
    The lock lives with a connection lent from the pool. When that connection ends, `work` is cancelled at once:
    somebody else may hold the lock now. An error of `work` is raised here.
    """
    told = False
    while True:
        try:
            await _lead_once(pool, name, work, wake)
            await (asyncio.sleep(RETRY) if wake is None else _pass_on(pool, name, wake))
            told = False
        except (Transient, *TROUBLE) as error:
            if not told:
                _log.warning("%s: lost the database: %s", name, error)
            told = True
            await asyncio.sleep(RETRY)


async def _pass_on(pool: Pool, name: str, wake: asyncio.Event) -> None:
    """Between two attempts: let whoever leads hear of what was set here."""
    clock = asyncio.get_running_loop()
    end = clock.time() + RETRY
    while (left := end - clock.time()) > 0:
        if await heard(wake, left):
            wake.clear()
            await pool.execute("select pg_notify($1, '')", name)
            await asyncio.sleep(PASSED_ON)


async def _lead_once(pool: Pool, name: str, work: Callable[[], Awaitable[None]], wake: asyncio.Event | None) -> None:
    key = crc32(name.encode()) - 2**31  # the function takes signed int4
    async with pool.acquire() as connection:
        if not await connection.fetchval("select pg_try_advisory_lock($1, $2)", LOCKS, key):
            return
        working = asyncio.ensure_future(work())
        lost = asyncio.Event()

        def end(_: object) -> None:
            lost.set()
            working.cancel()

        connection.add_termination_listener(end)
        try:
            async with _hearing(connection, name, wake):
                await working
        except asyncio.CancelledError:
            if not lost.is_set():
                raise
        finally:
            working.cancel()
            await asyncio.wait([working])
            connection.remove_termination_listener(end)
            if not connection.is_closed():
                await connection.fetchval("select pg_advisory_unlock($1, $2)", LOCKS, key)


@asynccontextmanager
async def _hearing(connection: Any, name: str, wake: asyncio.Event | None) -> AsyncIterator[None]:
    """Set `wake` when another process passes it on, until the block ends."""
    if wake is None:
        yield
        return

    def hear(*_: object) -> None:
        wake.set()

    await connection.add_listener(name, hear)
    try:
        yield
    finally:
        if not connection.is_closed():
            await connection.remove_listener(name, hear)
