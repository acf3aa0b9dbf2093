"""Receipts that came before the carrier's answer was stored: kept, and tried again for a while."""

from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Any

from chassis.postgres.pool import Connection, Pool
from notifier.adapters.receipt_matching import Said
from notifier.application.incoming import ReceiptState

EARLY_FOR = timedelta(minutes=10)
"""How long a receipt for an unknown message is kept: carriers answer late, but not so late."""

_KEEP = (
    "insert into early_receipt(carrier, candidates, recipient_hash, state, reason, again, at)"
    " values ($1, $2, $3, $4, $5, $6, $7)"
)
_EARLY = (
    "select id, carrier, candidates, recipient_hash, state, reason, again, at from early_receipt"
    " order by id limit 500"
)

_FORGET = "delete from early_receipt where id = any($1::bigint[])"


async def some(pool: Pool) -> bool:
    """Whether any is kept."""
    found: bool = await pool.fetchval("select exists(select 1 from early_receipt)")
    return found


async def keep(connection: Connection, early: Iterable[Said]) -> None:
    """Keep them."""
    for one in early:
        await connection.execute(_KEEP, *_kept(one))


async def oldest(connection: Connection) -> list[tuple[int, Said]]:
    """Those that are kept longest, with their numbers."""
    return [(row["id"], _restored(row)) for row in await connection.fetch(_EARLY)]


async def forget(connection: Connection, numbers: Collection[int]) -> None:
    """They are done, or nobody waits for them any more."""
    await connection.execute(_FORGET, list(numbers))


def _kept(one: Said) -> tuple[object, ...]:
    return (one.carrier, one.candidates, one.recipient_hash, one.state.value, one.reason, one.again, one.at)


def _restored(row: Any) -> Said:
    return Said(
        row["carrier"],
        tuple(row["candidates"]),
        row["recipient_hash"],
        ReceiptState(row["state"]),
        row["reason"],
        row["again"],
        row["at"],
    )
