"""Events on their way out: written with the state they tell of, read by the relay, deleted once Kafka has them."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg
import orjson

from chassis.postgres.pool import Connection, Pool
from chassis.postgres.writing import Writing


class Recorded(NamedTuple):
    """What the boundary knows about a recorded event. `cause` is the id of the step, None for commands."""

    event_id: UUID
    occurred_at: datetime
    cause: UUID | None
    aggregate_id: UUID | None
    aggregate_version: int


class OutboxRow(NamedTuple):
    """One message to send. `headers` are sent besides those the relay makes of the other fields.

    `Work.record` takes a ready row as well (dead letters): it is stored as it is.
    """

    topic: str
    key: str | bytes | None
    type: str
    subject: str
    value: bytes
    event_id: UUID
    headers: tuple[tuple[str, bytes], ...] = ()


Encode = Callable[[object, Recorded], OutboxRow | None]
"""Given by a service's contracts: turns a recorded event into the message that tells of it, None where the change
is nobody else's business.
"""


class StoredRow(NamedTuple):
    """An event as the relay reads it; `seq` is the order of sending, the same for all of a bundle."""

    seq: int
    topic: str
    key: bytes | None
    type: str
    subject: str
    event_id: str
    occurred_at: datetime
    traceparent: str | None
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


Written = tuple[str, bytes | None, str, str, bytes, UUID, bytes | None, datetime, str | None]
"""A row as it is stored, in the order of `_NAMES`."""

_NAMES = ("topic", "key", "type", "subject", "value", "event_id", "headers", "occurred_at", "traceparent")
_COLUMNS = ", ".join(_NAMES)
_INSERT = f"insert into outbox({_COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"  # noqa: S608 - the constants above
_INSERT_MANY = (
    f"insert into outbox({_COLUMNS}) select {_COLUMNS}"  # noqa: S608 - the constants above
    " from unnest($1::text[], $2::bytea[], $3::text[], $4::text[], $5::bytea[], $6::uuid[], $7::bytea[],"
    f" $8::timestamptz[], $9::text[]) with ordinality as given({_COLUMNS}, place) order by place"
)
FEW = 64  # rows; COPY costs a round trip more than an insert and half the time for each row
EVENT, SUBJECT = b"\1" * 36, b"\2" * 36
"""Stand in the value of a bundle where the id of each event and its subject go: ids as text, as long as these."""
# So many rows that their events are no more than asked for, but at least one.
_OLDEST = (
    "select seq, topic, key, type, subject, event_id, occurred_at, traceparent, value, headers, event_ids, subjects"
    " from (select *, sum(coalesce(cardinality(event_ids), 1)) over (order by seq rows unbounded preceding) as events"
    " from (select * from outbox {but} order by seq limit $1) oldest) counted"
    " where events <= greatest($1, coalesce(cardinality(event_ids), 1)) order by seq"
)
_FETCH = _OLDEST.format(but="")
# What is deleted is still seen by the statement that does it: passed over by a hash, not by a look through them all.
_SENT = "with sent as (delete from outbox where seq = any($2::bigint[]) returning seq)"
_FETCH_ON = f"{_SENT} {_OLDEST.format(but='where seq not in (select seq from sent)')}"  # noqa: S608 - the constants above
_COUNT = "select coalesce(sum(coalesce(cardinality(event_ids), 1)), 0) from outbox"


def written(row: OutboxRow, occurred_at: datetime, traceparent: str | None) -> Written:
    """Make a stored row of a message, the time of its event and the trace it belongs to."""
    topic, key, kind, subject, value, event_id, headers = row
    stored_key = key.encode() if type(key) is str else key
    packed = pack_headers(headers) if headers else None
    return topic, stored_key, kind, subject, value, event_id, packed, occurred_at, traceparent  # type: ignore[return-value] # bytes by the line above


def add(writing: Writing, rows: Sequence[Written]) -> None:
    """Insert the rows in their order."""
    if rows:
        writing.add(_INSERT_MANY, *zip(*rows, strict=True))


async def write(connection: Connection, rows: Sequence[Written]) -> None:
    """Insert the rows in their order, inside the caller's transaction."""
    if len(rows) > FEW:
        await connection.copy_records_to_table("outbox", records=rows, columns=_NAMES)
        return
    if len(rows) > 1:
        await connection.execute(_INSERT_MANY, *zip(*rows, strict=True))
    elif rows:
        await connection.execute(_INSERT, *rows[0])


class Outbox:
    """What the relay reads. `wake` is set after every commit of this process that wrote rows."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.wake = asyncio.Event()

    async def fetch(self, limit: int) -> list[StoredRow]:
        """Give the oldest events; bundles whole. Only one relay per database may read (see `Leader`)."""
        rows = await self._pool.fetch(_FETCH, limit)
        return [event for row in rows for event in _events(row)]

    async def fetch_on(self, limit: int, sent: Sequence[StoredRow]) -> list[StoredRow]:
        """Forget events that Kafka has acknowledged, of a bundle all together; give the oldest of the others."""
        seqs = list(dict.fromkeys(event.seq for event in sent))
        rows = await self._pool.fetch(_FETCH_ON, limit, seqs)
        return [event for row in rows for event in _events(row)]

    async def count(self) -> int:
        """Tell how many events wait, for the backlog gauge."""
        return int(await self._pool.fetchval(_COUNT))


def _events(row: asyncpg.Record) -> list[StoredRow]:
    seq, topic, key, type_, subject, event_id, at, trace, value, headers, ids, subjects = row
    if ids is None:
        return [StoredRow(seq, topic, key, type_, subject, str(event_id), at, trace, value, unpack_headers(headers))]
    texts = zip(map(str, ids), map(str, subjects), strict=True)
    return [
        StoredRow(seq, topic, key, type_, about, id_, at, trace, _filled(value, id_, about), ())
        for id_, about in texts
    ]


def _filled(value: bytes, event_id: str, subject: str) -> bytes:
    return value.replace(EVENT, event_id.encode()).replace(SUBJECT, subject.encode())


def pack_headers(headers: tuple[tuple[str, bytes], ...]) -> bytes:
    """Make one value of headers."""
    # Latin-1 maps every byte to one character and back; JSON escapes the rest, so any header survives.
    return orjson.dumps([(name, value.decode("latin-1")) for name, value in headers])


def unpack_headers(packed: bytes | None) -> tuple[tuple[str, bytes], ...]:
    """Read what `pack_headers` made."""
    if packed is None:
        return ()
    return tuple((name, value.encode("latin-1")) for name, value in orjson.loads(packed))
