"""Deadlines as rows, written with the state they belong to."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import orjson

from chassis.kernel.work import Timer
from chassis.postgres.pool import Connection, Pool
from chassis.postgres.writing import Writing

_SET = (
    "insert into timer(id, due, fire_at, kind, subject, data)"
    " select id, due, due, kind, subject, data::jsonb"
    " from unnest($1::text[], $2::timestamptz[], $3::text[], $4::uuid[], $5::text[])"
    " as given(id, due, kind, subject, data)"
    " on conflict (id) do update set due = excluded.due, fire_at = excluded.fire_at, kind = excluded.kind,"
    " subject = excluded.subject, data = excluded.data, failures = 0"
)
_DUE = "select id, due, kind, subject, data, failures from timer where fire_at <= $1 order by fire_at, id limit $2"
_CLAIM = (
    "select id, due from timer where (id, due) in (select * from unnest($1::text[], $2::timestamptz[]))"
    " order by id for update"
)


class DueTimer(NamedTuple):
    """A timer whose time has come, and how often it failed since."""

    timer: Timer
    failures: int


async def claim(connection: Connection, due: Sequence[Timer]) -> set[tuple[str, datetime]]:
    """Lock these timers and give id and due time of those that still stand unchanged."""
    rows = await connection.fetch(_CLAIM, [one.id for one in due], [one.due for one in due])
    return {(row[0], row[1]) for row in rows}


def save(writing: Writing, changed: Mapping[str, Timer | None]) -> None:
    """Write what was set (a Timer) and cleared (None), in the order of ids."""
    cleared = sorted(timer_id for timer_id, timer in changed.items() if timer is None)
    if cleared:
        writing.add("delete from timer where id = any($1::text[])", cleared)
    timers = [timer for _, timer in sorted(changed.items()) if timer is not None]
    if timers:
        rows = [(one.id, one.due, one.kind, one.subject, orjson.dumps(dict(one.data)).decode()) for one in timers]
        writing.add(_SET, *zip(*rows, strict=True))


async def due_timers(pool: Pool, now: datetime, limit: int) -> list[DueTimer]:
    """Give timers whose time has come, the longest due first."""
    rows = await pool.fetch(_DUE, now, limit)
    return [
        DueTimer(
            Timer(row["id"], row["due"], row["kind"], row["subject"], orjson.loads(row["data"])), row["failures"]
        )
        for row in rows
    ]


async def next_due(pool: Pool) -> datetime | None:
    """Tell when the next one fires."""
    found: datetime | None = await pool.fetchval("select fire_at from timer order by fire_at, id limit 1")
    return found


async def postpone(pool: Pool, timer: Timer, now: datetime, pause: timedelta) -> None:
    """Try a failed timer again after `pause`; one that was changed meanwhile stays as it is."""
    await pool.execute(
        "update timer set fire_at = $3, failures = failures + 1 where id = $1 and due = $2",
        timer.id,
        timer.due,
        now + pause,
    )
