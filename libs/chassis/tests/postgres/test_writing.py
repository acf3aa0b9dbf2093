"""Several parts, one statement."""

import pytest

from chassis.postgres.pool import Pool
from chassis.postgres.writing import Stale, Writing

pytestmark = pytest.mark.integration
TAKE = "update counter set n = n + $2 where name = $1 returning n"


@pytest.fixture
async def counters(pool: Pool) -> Pool:
    await pool.execute("create table counter(name text primary key, n int not null)")
    await pool.execute("insert into counter values ('a', 10), ('b', 20)")
    await pool.execute("create table taken(name text, n int)")
    return pool


async def rows(pool: Pool, table: str) -> list[tuple[str, int]]:
    return [tuple(row) for row in await pool.fetch(f"select * from {table} order by name")]  # noqa: S608 - ours


async def test_later_parts_read_what_earlier_ones_return(counters: Pool):
    writing = Writing()
    first = writing.add(TAKE, "b", 3)
    writing.add(f"insert into taken select $1, n from {first}", "b")  # noqa: S608 - the name of a part
    writing.change("counter", 0, "update counter set n = 0 where name = $1", "nobody")
    writing.add(TAKE, "a", 1)
    async with counters.acquire() as connection:
        await writing.send(connection)
    assert await rows(counters, "counter") == [("a", 11), ("b", 23)]
    assert await rows(counters, "taken") == [("b", 23)]


async def test_what_changes_other_rows_than_told_is_stale_whatever_else_is_done(counters: Pool):
    writing = Writing()
    writing.add(TAKE, "a", 1)
    writing.change("counter", 2, "update counter set n = 0 where name = $1", "b")
    async with counters.acquire() as connection, connection.transaction():
        with pytest.raises(Stale, match="counter"):
            await writing.send(connection)


async def test_nothing_asks_nobody():
    await Writing().send(object())  # what is no connection answers nothing
