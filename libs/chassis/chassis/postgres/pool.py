"""Connections to one service's database."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol
from urllib.parse import urlsplit

import asyncpg

from chassis.postgres.known_types import KnowingConnection
from chassis.postgres.lending import Lending

COMMAND_TIMEOUT = 10.0  # seconds; a statement that takes longer means a server in trouble, not work
IDLE_IN_TRANSACTION = "30s"  # a process that hangs inside a transaction must not hold its locks
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0  # seconds between attempts to reach a database that is not up
NOT_UP = (OSError, TimeoutError, asyncpg.CannotConnectNowError, asyncpg.TargetServerAttributeNotMatched)

_log = logging.getLogger(__name__)


class Connection(Protocol):
    """What this package uses of an asyncpg connection (asyncpg ships no types)."""

    async def execute(self, query: str, *args: object) -> str:
        """Run and give the command tag."""

    async def fetch(self, query: str, *args: object) -> list[Any]:
        """Run and give all rows."""

    async def fetchrow(self, query: str, *args: object) -> Any | None:
        """Run and give the first row."""

    async def fetchval(self, query: str, *args: object) -> Any:
        """Run and give the first value of the first row."""

    async def copy_records_to_table(
        self, table_name: str, *, records: Sequence[Sequence[object]], columns: Sequence[str]
    ) -> str:
        """Insert many rows by COPY."""

    def transaction(self) -> Any:
        """Give a transaction as an asynchronous context manager."""

    def is_in_transaction(self) -> bool:
        """Say whether a transaction is open."""


class Pool(Protocol):
    """What this package uses of an asyncpg pool."""

    async def execute(self, query: str, *args: object) -> str:
        """Run on a free connection and give the command tag."""

    async def fetch(self, query: str, *args: object) -> list[Any]:
        """Run on a free connection and give all rows."""

    async def fetchrow(self, query: str, *args: object) -> Any | None:
        """Run on a free connection and give the first row."""

    async def fetchval(self, query: str, *args: object) -> Any:
        """Run on a free connection and give the first value of the first row."""

    def acquire(self, *, timeout: float | None = None) -> AbstractAsyncContextManager[Any]:
        """Lend a connection."""

    async def close(self) -> None:
        """Close all connections once they are given back."""


async def open_pool(
    url: str, *, password: str | None = None, name: str, size: int = 8, settings: dict[str, str] | None = None
) -> Pool:
    """Open `size` connections, waiting for ever for a database that is not up yet (told once in the log).

    `name` shows in pg_stat_activity. `url` may name several hosts: only the one that takes writes is used, so a
    fail-over finds the new primary. A wrong password or database name raises at once: waiting would not cure it.
    """
    told = False
    pause = FIRST_PAUSE
    while True:
        try:
            return await _open(url, password, name, size, settings or {})
        except NOT_UP as error:
            if not told:
                _log.warning("waiting for PostgreSQL at %s: %s", urlsplit(url).netloc.rpartition("@")[2], error)
                told = True
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)


async def _open(url: str, password: str | None, name: str, size: int, settings: dict[str, str]) -> Pool:
    async def connect() -> Any:
        return await asyncpg.connect(
            url,
            **({"password": password} if password is not None else {}),
            timeout=COMMAND_TIMEOUT,
            command_timeout=COMMAND_TIMEOUT,
            max_cached_statement_lifetime=0,
            target_session_attrs="read-write",
            connection_class=KnowingConnection,
            server_settings={
                "application_name": name,
                "idle_in_transaction_session_timeout": IDLE_IN_TRANSACTION,
                "timezone": "UTC",
                "jit": "off",  # compiling costs more than any of our statements
                **settings,
            },
        )

    pool = Lending(connect, size)
    await pool.fill()
    return pool


def affected(tag: str) -> int:
    """Read the number of rows out of a command tag (`UPDATE 3`)."""
    return int(tag.rpartition(" ")[2])
