"""The process's pool, and whether the database answers."""

import asyncio

from chassis.postgres.failures import TROUBLE
from chassis.postgres.pool import Pool, open_pool
from chassis.settings import PostgresSettings

_EVERY = 1.0
_ANSWERS_WITHIN = 2.0


class Database:
    """Opens the pool, waiting for a database that is not up, and asks it every second whether it is there."""

    name = "database"
    pool: Pool

    def __init__(self, process: str, settings: PostgresSettings) -> None:
        self._process = process
        self._settings = settings
        self._watch: asyncio.Task[None] | None = None
        self.ready = False

    async def start(self) -> None:
        """Return when the pool is open. Raises asyncpg's error for a wrong password: waiting would not cure it."""
        self.pool = await open_pool(self._settings.url, password=self._settings.password, name=self._process)
        self.ready = True
        self._watch = asyncio.create_task(self._keep_asking(), name="database watch")

    async def stop(self) -> None:
        """Close the pool."""
        self.ready = False
        if self._watch is None:
            return
        self._watch.cancel()
        await asyncio.wait([self._watch])
        await self.pool.close()

    async def _keep_asking(self) -> None:
        while True:
            await asyncio.sleep(_EVERY)
            try:
                async with asyncio.timeout(_ANSWERS_WITHIN):
                    await self.pool.execute("select 1")
                self.ready = True
            except TROUBLE:
                self.ready = False
