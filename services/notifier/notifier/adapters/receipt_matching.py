"""Which message a receipt is about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.postgres.pool import Connection
from notifier.adapters.delivery_facts import Facts
from notifier.application.incoming import ReceiptState
from notifier.domain.channel import Channel
from notifier.domain.lane import Lane

_MATCH = (
    "select m.carrier_id, m.alert, m.contact, m.channel, m.at, c.phone_hash, a.subject, a.template, a.traceparent,"
    " a.lane"
    " from carrier_message m join contact c on c.id = m.contact join alert a on a.id = m.alert"
    " where m.carrier = $1 and m.carrier_id = any($2::text[]) order by m.at desc"
)


@dataclass(frozen=True, slots=True)
class Said:
    """A carrier's word, reduced to what is needed. `again`: it failed, but the same channel may be tried again."""

    carrier: str
    candidates: tuple[str, ...]
    recipient_hash: bytes | None
    state: ReceiptState
    reason: str
    again: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Match:
    """One part of a message that was sent, to whom, and what is told of it."""

    carrier_id: str
    alert: UUID
    contact: UUID
    channel: Channel
    sent_at: datetime
    lane: Lane
    facts: Facts


async def matched(connection: Connection, said: Sequence[Said], now: datetime) -> list[Match | None]:
    """Find for each the message that it is about; None where there is none, or none yet."""
    found: dict[tuple[str, str], list[Any]] = {}
    for carrier in {one.carrier for one in said}:
        ids = [each for one in said if one.carrier == carrier for each in one.candidates]
        for row in await connection.fetch(_MATCH, carrier, ids):
            found.setdefault((carrier, row["carrier_id"]), []).append(row)
    return [_first_fitting(one, found, now) for one in said]


def _first_fitting(said: Said, found: dict[tuple[str, str], list[Any]], now: datetime) -> Match | None:
    """The first candidate that is known and whose recipient is the one the carrier names: ids can collide."""
    for candidate in said.candidates:
        for row in found.get((said.carrier, candidate), ()):
            if said.recipient_hash is None or row["phone_hash"] is None or row["phone_hash"] == said.recipient_hash:
                facts = Facts(row["alert"], row["subject"], row["template"], now, row["traceparent"])
                return Match(
                    candidate,
                    row["alert"],
                    row["contact"],
                    Channel(row["channel"]),
                    row["at"],
                    Lane(row["lane"]),
                    facts,
                )
    return None
