"""What became of the messages to somebody.

No index of deliveries leads from a person: it would cost every message that is planned. Alerts are walked from the
newest and asked for the person instead: 0.1 s with 300,000 alerts in the month.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from chassis.postgres.pool import Pool
from notifier.adapters.delivery_facts import delivery_id
from notifier.application.find_people import PersonDelivery
from notifier.domain.channel import Channel
from notifier.domain.delivery import State
from notifier.domain.lane import Lane, channel_of
from notifier.domain.timeline import Copy, Taken, timeline
from notifier.domain.twins import STANDING

_COPY = (
    "select a.id, a.template, a.lane, a.accepted_at, d.state, d.queue, d.tries, d.reason, d.at"
    " from alert a join delivery d on d.alert = a.id where d.contact = $1"
)
# The copies of an alert that went out on both channels follow each other.
_LATEST = f"{_COPY} and a.accepted_at >= $2 order by a.accepted_at desc, a.id fetch first ($3) rows with ties"
_ONE = f"{_COPY} and a.id = $2"
_TAKEN = (
    "select alert, carrier, channel, min(at), case when bool_and(delivered) then max(arrived_at) end"
    " from carrier_message where contact = $1 and alert = any($2::uuid[]) group by alert, carrier, channel order by 4"
)
_ANSWERED = "select alert, at from acknowledgement where contact = $1 and alert = any($2::uuid[]) and at is not null"


class Histories:
    """Reads of a person's deliveries."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def latest(
        self, contact: UUID, alert: UUID | None, since: datetime, limit: int
    ) -> Sequence[PersonDelivery]:
        """The deliveries of alerts that came in since then, the newest first; or that of one alert."""
        if alert is not None:
            rows = await self._pool.fetch(_ONE, contact, alert)
        else:
            rows = await self._pool.fetch(_LATEST, contact, since, limit)
        taken: dict[UUID, list[Taken]] = defaultdict(list)
        for about, carrier, channel, *times in await self._pool.fetch(_TAKEN, contact, [row[0] for row in rows]):
            taken[about].append(Taken(carrier, Channel(channel), *times))
        answered = dict(map(tuple, await self._pool.fetch(_ANSWERED, contact, [row[0] for row in rows])))
        together = (list(copies) for _, copies in groupby(rows, key=lambda row: row[0]))
        return [_delivery(contact, copies, taken[copies[0][0]], answered.get(copies[0][0])) for copies in together]


def _delivery(
    contact: UUID, rows: Sequence[Any], taken: Sequence[Taken], answered_at: datetime | None
) -> PersonDelivery:
    """Somebody's copy of an alert; of twins the better one counts."""
    best, *twin = sorted(rows, key=lambda row: STANDING.index(row["state"]))
    alert = best["id"]
    steps = timeline(_copy(best), taken, answered_at, *map(_copy, twin))
    id_ = delivery_id(alert, contact)
    return PersonDelivery(
        id_, alert, best["template"], Lane(best["lane"]), State(best["state"]), best["tries"], steps
    )


def _copy(row: Any) -> Copy:
    return Copy(row["accepted_at"], State(row["state"]), channel_of(row["queue"]), row["reason"], row["at"])
