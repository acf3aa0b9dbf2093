"""What became of a digest becomes of the copies that it brought; what is called off meanwhile is taken out of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.postgres import outbox
from chassis.postgres.outbox import Outbox, Written
from chassis.postgres.pool import Connection, Pool
from notifier.adapters.delivery_facts import Facts
from notifier.domain.alert import SUPERSEDED
from notifier.domain.delivery import UNSENT, Next, State
from notifier.domain.lane import channel_of

PAGE = 2000  # copies looked at in a turn

_PAGE = """
select i.contact, i.alert, i.digest, a.subject, a.template, a.traceparent,
  own.state as own, coalesce(d.state, 5) as state, coalesce(d.reason, 'no_address') as reason, d.queue,
  coalesce((select m.carrier from carrier_message m where m.alert = i.digest and m.contact = i.contact limit 1), '')
    as carrier
from digest_item i join alert a on a.id = i.alert join delivery own on own.alert = i.alert and own.contact = i.contact
  left join delivery d on d.alert = i.digest and d.contact = i.contact
where i.digest is not null and ($1::uuid is null or (i.digest, i.contact) > ($1, $2::uuid))
order by i.digest, i.contact, i.alert limit $3
"""
_BECOME = """
update delivery d set state = given.state, at = $4
from unnest($1::uuid[], $2::uuid[], $3::smallint[]) as given(contact, alert, state)
where d.alert = given.alert and d.contact = given.contact and d.state = 8 and d.reason = 'digest'
returning d.contact, d.alert
"""
_FORGET = (
    "delete from digest_item i using unnest($1::uuid[], $2::uuid[]) as given(contact, alert)"
    " where i.contact = given.contact and i.alert = given.alert"
)
# The digest of a person that says what does not hold any more, unless it is on its way: the rest is gathered anew.
_RECALL = """
with recalled as (
  update delivery d set state = 6, reason = $4, due = null, at = $5
  from (select queue, seq from delivery join unnest($1::uuid[], $2::uuid[]) as given(contact, digest)
      on alert = given.digest and delivery.contact = given.contact
    where state = any($3::smallint[]) for update of delivery skip locked) as mine
  where d.queue = mine.queue and d.seq = mine.seq returning d.alert, d.contact)
update digest_item i set digest = null from recalled r where i.digest = r.alert and i.contact = r.contact
"""


class DigestOutcomes:
    """Turns of looking, a page of copies after another; where the last one ended is forgotten with the process."""

    def __init__(self, pool: Pool, relay: Outbox, page: int = PAGE) -> None:
        self._pool, self._relay, self._page = pool, relay, page
        self._after: tuple[UUID | None, UUID | None] = (None, None)

    async def turn(self, now: datetime) -> bool:
        """Settle what is settled in the next page; gives whether anything was."""
        async with self._pool.acquire() as connection, connection.transaction():
            rows = await connection.fetch(_PAGE, *self._after, self._page)
            written = await self._settle(connection, rows, now) if rows else []
        full = len(rows) == self._page
        self._after = (rows[-1]["digest"], rows[-1]["contact"]) if full else (None, None)
        if written:
            self._relay.wake.set()
        return bool(written)

    async def _settle(self, connection: Connection, rows: Sequence[Any], now: datetime) -> list[Written]:
        over = [row for row in rows if row["own"] == State.DROPPED and row["state"] in UNSENT]
        if over:
            whose = sorted({(row["contact"], row["digest"]) for row in over})
            await connection.execute(_RECALL, *_columns(whose), UNSENT, SUPERSEDED, now)
        # Nothing is left to be told of what was called off, whatever becomes of its digest.
        over = [row for row in rows if row["own"] == State.DROPPED]
        final = [row for row in rows if row["state"] not in {*UNSENT, State.SENDING} and row["own"] != State.DROPPED]
        given = [(row["contact"], row["alert"], row["state"]) for row in final]
        changed = {tuple(row) for row in await connection.fetch(_BECOME, *_columns(given, 3), now)}
        await connection.execute(_FORGET, *_columns([(row["contact"], row["alert"]) for row in (*over, *final)]))
        written = [one for row in final if (row["contact"], row["alert"]) in changed for one in _told(row, now)]
        if written:
            await outbox.write(connection, written)
        return written


def _told(row: Any, now: datetime) -> list[Written]:
    """The same of the copy as of the digest; where the phone has it, that a carrier took it as well."""
    facts = Facts(row["alert"], row["subject"], row["template"], now, row["traceparent"])
    contact, state = row["contact"], State(row["state"])
    if state is State.UNCLEAR:
        return []
    if state in {State.FAILED, State.DROPPED}:
        return [(facts.failed if state is State.FAILED else facts.dropped)(contact, row["reason"])]
    channel = channel_of(row["queue"])
    sent = facts.tried(contact, Next(State.SENT), channel, row["carrier"] or "unknown", "digest")
    arrived = {State.DELIVERED: facts.arrived, State.READ: facts.read}.get(state)
    return [one for one in (sent, arrived(contact, channel) if arrived else None) if one is not None]


def _columns(rows: Sequence[Sequence[Any]], width: int = 2) -> list[list[Any]]:
    return [[row[n] for row in rows] for n in range(width)]
