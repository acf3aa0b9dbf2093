"""Built-in types are asked for once a process; those of a database by each of its connections."""

from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from chassis.postgres import known_types
from chassis.postgres.known_types import KnowingConnection
from chassis.testing.postgres import Database, Databases

pytestmark = pytest.mark.integration
IDS = [uuid4(), uuid4()]


class Watched:
    """A connection and what it asked the server."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection, self.asked = connection, []
        connection.add_query_logger(lambda told: self.asked.append(told.query))

    @property
    def introspections(self) -> int:
        return sum("typeinfo" in query for query in self.asked)


@pytest.fixture
async def made(database: Databases) -> Database:
    return await database.empty("telponi")


@pytest.fixture
async def two(made: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[Watched]]:
    monkeypatch.setattr(known_types, "_known", {})
    opened = [await asyncpg.connect(made.dsn, connection_class=KnowingConnection) for _ in range(2)]
    yield [Watched(connection) for connection in opened]
    for connection in opened:
        await connection.close()


async def test_the_second_connection_knows_what_the_first_one_asked(two: list[Watched]) -> None:
    for one in two:
        assert await one.connection.fetchval("select $1::uuid[]", IDS) == IDS
        assert await one.connection.fetch("select unnest($1::bytea[]) as x", [b"\x00"]) == [(b"\x00",)]
    assert [one.introspections for one in two] == [2, 0]


async def test_without_names_for_statements_the_answer_is_the_same(two: list[Watched]) -> None:
    for one in two:
        async with one.connection.transaction():
            cursor = await one.connection.cursor("select unnest($1::uuid[])", IDS)
            assert [row[0] for row in await cursor.fetch(2)] == IDS
        assert await one.connection.execute("select $1::int[]", [1]) == "SELECT 1"


async def test_a_type_of_the_database_is_asked_for_by_each(two: list[Watched]) -> None:
    await two[0].connection.execute("create type colour as enum ('red'); create table t (x colour[])")
    for one in two:
        await one.connection.execute("insert into t values ($1)", ["red"])
        assert await one.connection.fetchval("select x from t limit 1") == ["red"]
        assert one.introspections > 0
