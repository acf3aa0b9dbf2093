"""Bring a database forward: the chassis's tables, then the service's. Never back.

`python -m chassis.postgres.migrate --url postgresql://... [--folder services/telponi/migrations]`
"""

import argparse
import asyncio
import hashlib
import sys
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import asyncpg

LOCK = 331701  # one migrator at a time in a database

_TABLE = """create table if not exists schema_migration (
    name text primary key, checksum text not null, at timestamptz not null)"""


class MigrationError(Exception):
    """The database cannot be brought forward; the message names the file."""


class Migration(NamedTuple):
    """One file: `name` is `chassis/0001_chassis.sql` or `0001_tables.sql`."""

    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """Hash of the text, kept with the name once applied."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


async def migrate(url: str, folder: Path | None = None) -> list[str]:
    """Apply what is new, each file in its own transaction; give the names applied.

    Raises MigrationError when a file fails, or was changed after it was applied.
    """
    wanted = read(folder)
    connection = await asyncpg.connect(url, target_session_attrs="read-write")
    try:
        await connection.execute("select pg_advisory_lock($1)", LOCK)
        await connection.execute(_TABLE)
        applied = dict(await connection.fetch("select name, checksum from schema_migration"))
        return [one.name for one in wanted if await _apply(connection, one, applied.get(one.name))]
    finally:
        await connection.close()


def read(folder: Path | None) -> list[Migration]:
    """Give the chassis's migrations and those of the folder, each in the order of their names."""
    own = [Migration(f"chassis/{one.name}", one.read_text()) for one in (files("chassis.postgres") / "sql").iterdir()]
    if folder is not None and not folder.is_dir():
        raise MigrationError(f"{folder}: no such folder of migrations")
    theirs = [Migration(one.name, one.read_text()) for one in folder.glob("*.sql")] if folder else []
    return sorted(own) + sorted(theirs)


async def _apply(connection: asyncpg.Connection, migration: Migration, known: str | None) -> bool:
    if known == migration.checksum:
        return False
    if known is not None:
        raise MigrationError(f"{migration.name} was changed after it was applied; write a new migration instead")
    try:
        async with connection.transaction():
            await connection.execute(migration.sql)
            await connection.execute(
                "insert into schema_migration values ($1, $2, $3)",
                migration.name,
                migration.checksum,
                datetime.now(UTC),
            )
    except asyncpg.PostgresError as error:
        raise MigrationError(f"{migration.name}: {error}") from error
    return True


def main() -> int:
    """Apply from the command line; print what was applied."""
    parser = argparse.ArgumentParser(prog="python -m chassis.postgres.migrate", description=__doc__)
    parser.add_argument("--url", required=True, help="address of the database, with the password")
    parser.add_argument("--folder", type=Path, help="the service's migrations")
    given = parser.parse_args()
    try:
        applied = asyncio.run(migrate(given.url, given.folder))
    except (MigrationError, OSError, asyncpg.PostgresError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write("".join(f"applied {name}\n" for name in applied) or "nothing new\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
