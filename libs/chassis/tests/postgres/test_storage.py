"""Migrations, parked records, the inbox's end, and waiting for a database that is not up."""

import asyncio
import logging
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from steps import ONE, opening, putting

from chassis.postgres import inbox, parked
from chassis.postgres.boundary import Boundary
from chassis.postgres.firer import TimerFirer
from chassis.postgres.migrate import MigrationError, migrate
from chassis.postgres.parked import Record
from chassis.postgres.pool import Pool, open_pool
from chassis.postgres.step import Done, Repeated
from chassis.testing.clock import MovableClock
from chassis.testing.postgres import Databases

pytestmark = pytest.mark.integration

NOW = datetime(2026, 3, 2, tzinfo=UTC)


async def test_migrations_apply_once_and_in_order(database: Databases, tmp_path: Path) -> None:
    made = await database.empty("telponi")
    (tmp_path / "0001_a.sql").write_text("create table a (x int);")
    (tmp_path / "0002_b.sql").write_text("insert into a values (1);")
    both = await asyncio.gather(migrate(made.dsn, tmp_path), migrate(made.dsn, tmp_path))
    assert sorted(map(len, both)) == [0, 6]
    assert max(both, key=len) == [
        "chassis/0001_chassis.sql",
        "chassis/0002_bundles.sql",
        "chassis/0003_stale.sql",
        "chassis/0004_outbox_unchecked.sql",
        "0001_a.sql",
        "0002_b.sql",
    ]
    (tmp_path / "0003_c.sql").write_text("insert into a values (2);")
    assert await migrate(made.dsn, tmp_path) == ["0003_c.sql"]


async def test_a_changed_migration_is_named(database: Databases, tmp_path: Path) -> None:
    made = await database.empty("telponi")
    file = tmp_path / "0001_a.sql"
    file.write_text("create table a (x int);")
    await migrate(made.dsn, tmp_path)
    file.write_text("create table a (x text);")
    with pytest.raises(MigrationError, match=r"0001_a\.sql was changed"):
        await migrate(made.dsn, tmp_path)


async def test_a_failing_migration_is_named_and_leaves_nothing(database: Databases, tmp_path: Path) -> None:
    made = await database.empty("telponi")
    (tmp_path / "0001_a.sql").write_text("create table a (x int); select nonsense;")
    with pytest.raises(MigrationError, match=r"0001_a\.sql.*nonsense"):
        await migrate(made.dsn, tmp_path)
    (tmp_path / "0001_a.sql").write_text("create table a (x int);")
    assert await migrate(made.dsn, tmp_path) == ["0001_a.sql"]


def record(offset: int, key: bytes | None = b"k") -> Record:
    return Record("t", 0, offset, key, b"\x00\xff", (("h", b"\x00\xff"),))


async def test_parked_records_wait_in_order_per_key(pool: Pool) -> None:
    async def put(*records: Record) -> None:
        await parked.put(pool, "c", records, reason="away", now=NOW, retry_at=NOW)

    await put(record(1), record(2), record(3, b"other"), record(4, None))
    await put(record(2), record(5))
    assert await parked.count(pool, "c") == 5
    assert await parked.keys(pool, "c") == {("t", b"k"), ("t", b"other"), ("t", None)}
    assert await parked.keys(pool, "another") == set()
    heads = await parked.heads(pool, "c", NOW, 10)
    assert [one.record for one in heads] == [record(1), record(3, b"other"), record(4, None)]

    await parked.postpone(pool, heads[0].seq, "still away", NOW + timedelta(minutes=1))
    assert [one.record.offset for one in await parked.heads(pool, "c", NOW, 10)] == [3, 4]
    (again, *_) = await parked.heads(pool, "c", NOW + timedelta(minutes=1), 10)
    assert (again.record.offset, again.failures, again.reason) == (1, 1, "still away")

    await parked.remove(pool, again.seq)
    assert [one.record.offset for one in await parked.heads(pool, "c", NOW, 10)] == [2, 3, 4]


async def test_old_ids_are_forgotten_and_young_ones_are_not(boundary: Boundary, clock: MovableClock) -> None:
    old, young = putting(ONE, "old"), putting(ONE, "young")
    await boundary.run([opening(ONE), old])
    clock.move(timedelta(days=8))
    await boundary.run([young])
    assert await inbox.forget(boundary.pool, clock.now() - timedelta(days=7)) == 2
    assert await boundary.run([old, young]) == [Done(3), Repeated()]


async def test_a_database_that_is_not_up_yet_is_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with caplog.at_level(logging.WARNING), pytest.raises(TimeoutError):
        await asyncio.wait_for(
            open_pool(f"postgresql://telponi@127.0.0.1:{port}/x", password="secret", name="t"), 0.5
        )
    assert [one.getMessage().split(":")[0] for one in caplog.records] == ["waiting for PostgreSQL at 127.0.0.1"]
    assert "secret" not in caplog.text


async def test_the_firer_forgets_old_ids(boundary: Boundary, clock: MovableClock) -> None:
    await boundary.run([opening(ONE)])
    clock.move(timedelta(days=20))
    firing = asyncio.create_task(TimerFirer(boundary, {}).run())
    async with asyncio.timeout(5):
        while await boundary.pool.fetchval("select count(*) from inbox"):  # noqa: ASYNC110 - looks from outside
            await asyncio.sleep(0.01)
    firing.cancel()
    await asyncio.wait([firing])
