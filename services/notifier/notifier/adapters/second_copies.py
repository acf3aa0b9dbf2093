"""Second copies: who is silent gets the message on the other channel; who has answered gets none any more."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from uuid import UUID

from chassis.postgres.pool import Connection, Pool
from notifier.adapters.lining_up import move, numbers
from notifier.adapters.tried import BIT
from notifier.domain.channel import Channel, other
from notifier.domain.delivery import UNSENT, State
from notifier.domain.lane import Lane, channel_of, queue_of

UNCONFIRMED, SILENT = "unconfirmed", "silent"
"""Why it goes the other way: a carrier took it and nobody confirmed it; or it was not sent yet."""

ANSWERED = "answered"
"""Why a twin is not sent."""

_TAKEN = (State.SENT, State.DELIVERED, State.READ, State.UNCLEAR)
# Whose other channel is there (a phone serves both) and was not tried; what a carrier has in its hands stays there.
_COPIES = (
    "select d.queue, d.state = any($4::smallint[]) as taken, d.seq, d.contact from delivery d"
    " join contact c on c.id = d.contact where d.alert = $1 and d.contact = any($2::uuid[])"
    " and d.state = any($3::smallint[])"
    " and case when d.queue = $5 then d.tried & 2 = 0 and (c.phone_hash is not null or c.whatsapp_hash is not null)"
    " else d.tried & 1 = 0 and c.phone_hash is not null end"
    " order by d.queue, taken, d.seq for no key update of d"
)
# Of twins the one that waits goes nowhere any more once the other was taken.
_QUIET = (
    "update delivery d set due = null, at = $4,"
    " reason = case when d.tried = 3 then $7 else d.reason end,"
    " state = case when d.tried = 3 then $6 when d.state = any($2::smallint[]) then $3 else d.state end"
    " from acknowledgement k where k.at > $1 and d.alert = k.alert and d.contact = k.contact"
    " and (d.state = $3 and d.due is not null or d.state = any($2::smallint[]) and (d.reason = $5 or d.tried = 3"
    " and exists (select from delivery t where t.alert = d.alert and t.contact = d.contact and t.copy <> d.copy"
    " and t.state = any($8::smallint[]))))"
)


async def second_copies(
    connection: Connection, alert: UUID, lane: Lane, people: Sequence[UUID], now: datetime
) -> list[tuple[UUID, Channel, int]]:
    """Line copies up on the other channel; gives whose, the channel that was used before, and the new queue."""
    queues = sorted(queue_of(lane, channel) for channel in Channel)
    for queue in queues:
        await numbers(connection, queue, 0)  # whoever moves copies holds the queues first
    sms = queue_of(lane, Channel.SMS)
    movable = [*_TAKEN, *UNSENT]
    rows = await connection.fetch(_COPIES, alert, people, movable, _TAKEN, sms)
    moved: list[tuple[UUID, Channel, int]] = []
    for (queue, taken), group in groupby(rows, key=lambda row: (row["queue"], row["taken"])):
        copies, channel = list(group), channel_of(queue)
        target = queue_of(lane, other(channel))
        await move(
            connection,
            queue,
            target,
            [row["seq"] for row in copies],
            states=_TAKEN if taken else UNSENT,
            at=now,
            reason=UNCONFIRMED if taken else SILENT,
            tried=BIT[channel] if taken else 0,
        )
        moved += [(row["contact"], channel, target) for row in copies]
    return moved


async def spare_the_answered(pool: Pool, since: datetime, now: datetime) -> None:
    """Send no second copy to those who have answered since then: neither one that waits, nor one whose time comes."""
    await pool.execute(_QUIET, since, UNSENT, State.SENT, now, UNCONFIRMED, State.DROPPED, ANSWERED, _TAKEN)
