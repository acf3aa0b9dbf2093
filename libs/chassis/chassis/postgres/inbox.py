"""Events and commands that were done before."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID
from zlib import crc32

from chassis.postgres.pool import Connection, Pool, affected
from chassis.postgres.step import Idempotency
from chassis.postgres.writing import Writing

SLICE = 5000  # rows deleted at once: a few milliseconds of work


class Inbox:
    """The event ids that one consumer has done. An id is new to exactly one transaction."""

    def __init__(self, consumer_name: str) -> None:
        self._consumer = crc32(consumer_name.encode()) - 2**31  # the column is a signed int4

    async def enter(self, connection: Connection, ids: Sequence[UUID], now: datetime) -> set[UUID]:
        """Note the ids and give those that are new. Waits for another transaction that holds one of them."""
        rows = await connection.fetch(
            "insert into inbox(event_id, consumer, at) select id, $2, $3 from unnest($1::uuid[]) id order by id"
            " on conflict do nothing returning event_id",
            ids,
            self._consumer,
            now,
        )
        return {row[0] for row in rows}

    def note(self, writing: Writing, ids: Sequence[UUID], now: datetime) -> None:
        """Note ids that are taken to be new; one that is not is a unique violation."""
        writing.add(
            "insert into inbox(event_id, consumer, at) select id, $2, $3 from unnest($1::uuid[]) id order by id",
            ids,
            self._consumer,
            now,
        )

    def leave(self, writing: Writing, ids: Collection[UUID | None]) -> None:
        """Take out the ids of steps that failed in this very transaction."""
        writing.add("delete from inbox where event_id = any($1::uuid[]) and consumer = $2", ids, self._consumer)


class Answer(NamedTuple):
    """The kept answer to a creating command."""

    digest: bytes
    answer: bytes


Key = tuple[str, str]
"""Idempotency key and method."""


async def answers(connection: Connection, asked: Iterable[Idempotency[object]]) -> dict[Key, Answer]:
    """Give the answers kept for these keys."""
    keys, methods = zip(*[(one.key, one.method) for one in asked], strict=True)
    rows = await connection.fetch(
        "select key, method, digest, answer from idempotency"
        " where (key, method) in (select * from unnest($1::text[], $2::text[]))",
        keys,
        methods,
    )
    return {(row[0], row[1]): Answer(row[2], row[3]) for row in rows}


def keep_answers(writing: Writing, given: Mapping[Key, Answer], now: datetime) -> None:
    """Keep first answers. A key that another transaction took meanwhile is a unique violation: all runs again."""
    rows = sorted((*key, *answer) for key, answer in given.items())
    writing.add(
        "insert into idempotency(key, method, digest, answer, at)"
        " select *, $5 from unnest($1::text[], $2::text[], $3::bytea[], $4::bytea[])",
        *zip(*rows, strict=True),
        now,
    )


async def forget(pool: Pool, before: datetime) -> int:
    """Delete what was noted before a time, in slices; give the number of rows.

    Call it with a time longer ago than any redelivery: the retention of the topics (days), not minutes.
    """
    total = 0
    for table in ("inbox", "idempotency"):
        deleted = SLICE
        while deleted == SLICE:
            tag = await pool.execute(
                f"delete from {table} where ctid = any(array("  # noqa: S608 - the two names above
                f"select ctid from {table} where at < $1 limit {SLICE}))",
                before,
            )
            deleted = affected(tag)
            total += deleted
    return total
