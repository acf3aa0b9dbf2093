"""One process at a time: whoever holds the advisory lock of a name works, the others wait."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from zlib import crc32

from chassis.kernel.errors import Transient
from chassis.postgres.failures import TROUBLE
from chassis.postgres.pool import Pool

RETRY = 0.2  # seconds between attempts: how long a take-over takes after the holder was killed
LOCKS = 3317  # the first half of the lock's key, apart from other users of advisory locks

_log = logging.getLogger(__name__)


async def lead(pool: Pool, name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Run `work` while this process holds the lock of `name` in the pool's database; for ever, until cancelled.

    The lock lives with a connection lent from the pool. When that connection ends, `work` is cancelled at once:
    somebody else may hold the lock now. An error of `work` is raised here.
    """
    told = False
    while True:
        try:
            await _lead_once(pool, name, work)
            told = False
        except (Transient, *TROUBLE) as error:
            if not told:
                _log.warning("%s: lost the database: %s", name, error)
            told = True
        await asyncio.sleep(RETRY)


async def _lead_once(pool: Pool, name: str, work: Callable[[], Awaitable[None]]) -> None:
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
