"""Several parts, one statement."""

import pytest

from chassis.postgres.pool import Pool
from chassis.postgres.writing import Stale, Writing

pytestmark = pytest.mark.integration
TAKE = "update counter set n = n + $2 where name = $1 returning n as value"


@pytest.fixture
async def counters(pool: Pool) -> Pool:
    await pool.execute("create table counter(name text primary key, n int not null)")
    await pool.execute("insert into counter values ('a', 10), ('b', 20)")
    await pool.execute("create table taken(name text, n int)")
    return pool


async def test_parts_give_values_in_their_order_and_later_parts_read_them(counters: Pool):
    writing = Writing()
    first = writing.give(TAKE, "b", 3)
    writing.add(f"insert into taken select $1, value from {first}", "b")  # noqa: S608 - the name of a part
    writing.change("counter", 0, "update counter set n = 0 where name = $1", "nobody")
    writing.give(TAKE, "a", 1)
    async with counters.acquire() as connection:
        assert await writing.send(connection) == [23, 11]
    assert [tuple(row) for row in await counters.fetch("select * from taken")] == [("b", 23)]


async def test_what_changes_other_rows_than_told_is_stale_whatever_else_is_given(counters: Pool):
    writing = Writing()
    writing.give(TAKE, "a", 1)
    writing.change("counter", 2, "update counter set n = 0 where name = $1", "b")
    async with counters.acquire() as connection, connection.transaction():
        with pytest.raises(Stale, match="counter"):
            await writing.send(connection)


async def test_nothing_gives_nothing(counters: Pool):
    async with counters.acquire() as connection:
        assert await Writing().send(connection) == []
