"""When what was committed has left for Kafka."""

import asyncio

from chassis.postgres.pool import Pool

_LOOK = 0.003  # seconds between looks while somebody waits


class Departures:
    """The relay deletes what Kafka has acknowledged, in order: so the look is at the outbox's first row.

    One look serves all who wait: while Kafka is away they are many, and the database has other things to do.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._next: asyncio.Task[int | None] | None = None

    async def all(self) -> None:
        """Return when all that was committed until now has left, be it by another process's relay."""
        last: int | None = await self._pool.fetchval("select max(seq) from outbox")
        first = last
        while last is not None and first is not None and first <= last:
            if self._next is None:
                self._next = asyncio.create_task(self._look())
            first = await asyncio.shield(self._next)

    async def _look(self) -> int | None:
        await asyncio.sleep(_LOOK)
        self._next = None  # this look may not see what is committed from now on: who comes waits for the next one
        first: int | None = await self._pool.fetchval("select min(seq) from outbox")
        return first
