"""Records of keys whose head could not be done yet: they wait here in order while other keys flow.

Every function takes a connection (or the pool) and so joins the caller's transaction. Putting a record twice is no
error: a consumer that dies before it commits its offset reads, and parks, the same record again.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from chassis.postgres.outbox import pack_headers, unpack_headers
from chassis.postgres.pool import Connection, Pool


class Record(NamedTuple):
    """A record as it came from Kafka."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]


class ParkedRecord(NamedTuple):
    """A record that waits. `failures` counts the attempts since it was parked."""

    seq: int
    record: Record
    failures: int
    reason: str
    at: datetime


_COLUMNS = 'seq, topic, partition, "offset", key, value, headers, failures, reason, at'


async def put(
    connection: Connection | Pool,
    consumer: str,
    records: Sequence[Record],
    *,
    reason: str,
    now: datetime,
    retry_at: datetime,
) -> None:
    """Append the records in their order."""
    rows = [(*record[:5], pack_headers(record.headers)) for record in records]
    await connection.execute(
        'insert into parked(consumer, topic, partition, "offset", key, value, headers, reason, at, retry_at)'
        " select $1, given.*, $8, $9, $10 from unnest($2::text[], $3::int[], $4::bigint[], $5::bytea[], $6::bytea[],"
        " $7::bytea[]) as given on conflict do nothing",
        consumer,
        *zip(*rows, strict=True),
        reason,
        now,
        retry_at,
    )


async def keys(connection: Connection | Pool, consumer: str) -> set[tuple[str, bytes | None]]:
    """Give (topic, key) of all that wait: later records of these must wait behind them."""
    rows = await connection.fetch("select distinct topic, key from parked where consumer = $1", consumer)
    return {(row[0], row[1]) for row in rows}


async def heads(connection: Connection | Pool, consumer: str, now: datetime, limit: int) -> list[ParkedRecord]:
    """Give the first record of each key whose head may be tried again, the longest waiting first."""
    rows = await connection.fetch(
        f"select {_COLUMNS} from (select distinct on (topic, key) * from parked where consumer = $1"  # noqa: S608 - constant
        " order by topic, key, seq) head where retry_at <= $2 order by seq limit $3",
        consumer,
        now,
        limit,
    )
    return [
        ParkedRecord(row[0], Record._make((*row[1:6], unpack_headers(row[6]))), row[7], row[8], row[9])
        for row in rows
    ]


async def remove(connection: Connection | Pool, seq: int) -> None:
    """Take out a record that was done, or went to the dead letters. The next of its key may be tried at once."""
    await connection.execute("delete from parked where seq = $1", seq)


async def postpone(connection: Connection | Pool, seq: int, reason: str, retry_at: datetime) -> None:
    """Note another failure of a key's head."""
    await connection.execute(
        "update parked set failures = failures + 1, reason = $2, retry_at = $3 where seq = $1", seq, reason, retry_at
    )


async def count(connection: Connection | Pool, consumer: str) -> int:
    """Tell how many wait, for the gauge."""
    return int(await connection.fetchval("select count(*) from parked where consumer = $1", consumer))
