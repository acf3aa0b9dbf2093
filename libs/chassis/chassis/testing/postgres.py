"""A test's own databases on the run's one server: clones of a template that is migrated once."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import asyncpg

from chassis.postgres.migrate import migrate, read


@dataclass(frozen=True, slots=True)
class Database:
    """One database of one test: `url` without the password as in the settings, `dsn` with it."""

    url: str
    user: str
    password: str

    @property
    def dsn(self) -> str:
        """Address with the password, ready for asyncpg."""
        return self.url.replace("@", f":{self.password}@", 1)


@dataclass(slots=True)
class Databases:
    """Makes the databases of one test. `address` is host:port, `secrets` holds `postgres-<user>.password`."""

    address: str
    secrets: Path
    _made: list[str] = field(default_factory=list)

    async def __call__(self, user: str, migrations: Path | None = None) -> Database:
        """Give a fresh database owned by `user`, with the chassis's tables and those of the folder `migrations`."""
        async with self._admin() as admin:
            return await self._make(admin, user, await self._template(admin, user, migrations))

    async def empty(self, user: str) -> Database:
        """Give a fresh database owned by `user`, with nothing in it."""
        async with self._admin() as admin:
            return await self._make(admin, user, "template1")

    async def close(self) -> None:
        """Drop the test's databases."""
        if not self._made:
            return
        async with self._admin() as admin:
            for name in self._made:
                await admin.execute(f'drop database "{name}" with (force)')

    async def _make(self, admin: asyncpg.Connection, user: str, template: str) -> Database:
        name = f"t_{uuid4().hex}"
        # Copied file by file: half the work of writing a template that nobody changes to the log, page by page.
        await admin.execute(f'create database "{name}" template "{template}" owner "{user}" strategy file_copy')
        self._made.append(name)
        return self._database(user, name)

    async def _template(self, admin: asyncpg.Connection, user: str, migrations: Path | None) -> str:
        name = f"template_{user}_{_digest(migrations)}"
        await admin.execute("select pg_advisory_lock(3317)")  # one maker at a time, across the run's processes
        try:
            if not await admin.fetchval("select 1 from pg_database where datname = $1", name):
                draft = f"{name}_draft"
                await admin.execute(f'drop database if exists "{draft}" with (force)')
                await admin.execute(f'create database "{draft}" owner "{user}"')
                await migrate(self._database(user, draft).dsn, migrations)
                await admin.execute(f'alter database "{draft}" rename to "{name}"')
        finally:
            await admin.execute("select pg_advisory_unlock(3317)")
        return name

    @asynccontextmanager
    async def _admin(self) -> AsyncIterator[asyncpg.Connection]:
        admin = await asyncpg.connect(self._database("admin", "postgres").dsn, ssl=False)
        try:
            yield admin
        finally:
            await admin.close()

    def _database(self, user: str, name: str) -> Database:
        password = (self.secrets / f"postgres-{user}.password").read_text().strip()
        return Database(f"postgresql://{user}@{self.address}/{name}", user, password)


def _digest(migrations: Path | None) -> str:
    """Templates of other migrations are others: a kept server meets the branch of tomorrow."""
    text = "".join(one.name + one.checksum for one in read(migrations))
    return hashlib.sha256(text.encode()).hexdigest()[:10]
