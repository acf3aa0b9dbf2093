"""Brings what was over people's budgets once a day, as one message for each person.

A copy that is kept waits with the reason `digest`. At the time for digests a page of people after another gets one:
who has the same items shares one alert of template `notifier.digest`, whose copies go out as all others do. When the
digest of a person has its outcome, so have the copies that it brought (`outcomes.py`).
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.kernel.ids import derived_id
from chassis.postgres import outbox
from chassis.postgres.outbox import Outbox, Written
from chassis.postgres.pool import Connection, Pool
from chassis.postgres.writing import Writing
from notifier.adapters.audiences import Person, named
from notifier.adapters.beginnings import Beginnings, Copy, PlanningRules
from notifier.adapters.delivery_facts import Facts
from notifier.adapters.lining_up import line_up
from notifier.adapters.templates import Templates
from notifier.adapters.vault import Vault
from notifier.domain.attention import digest_of
from notifier.domain.delivery import first_channel
from notifier.domain.lane import Lane

TEMPLATE = "notifier.digest"
PAGE = 2000  # items
LIFE = timedelta(hours=20)
"""A digest that is not out by then makes room for the next day's."""

_ANY = "select exists(select from digest_item where digest is null and at < $1)"
_ITEMS = (
    "select contact, alert from digest_item where digest is null and at < $1 and ($2::uuid is null or contact > $2)"
    " order by contact, alert limit $3 for update"
)
# What was called off or expired meanwhile has had its end and is only forgotten.
_WAITING = """
select d.contact, d.alert, a.template, a.sealed_values, a.subject, a.traceparent, c.opted_out
from unnest($1::uuid[], $2::uuid[]) as given(contact, alert)
  join delivery d on d.alert = given.alert and d.contact = given.contact and d.state = 8 and d.reason = 'digest'
  join alert a on a.id = d.alert and a.state in ('planning', 'planned') and a.expires_at > $3
  join contact c on c.id = d.contact
order by a.accepted_at, a.id
"""
_FORGET = (
    "delete from digest_item i using unnest($1::uuid[], $2::uuid[]) as given(contact, alert)"
    " where i.contact = given.contact and i.alert = given.alert"
)
_MERGED = (
    "update digest_item i set digest = given.digest from unnest($1::uuid[], $2::uuid[], $3::uuid[])"
    " as given(contact, alert, digest) where i.contact = given.contact and i.alert = given.alert"
)
_OPTED_OUT = (
    "update delivery d set state = 6, reason = 'opted_out', at = $3 from unnest($1::uuid[], $2::uuid[])"
    " as given(contact, alert) where d.alert = given.alert and d.contact = given.contact"
)
_RAISE = (
    "insert into alert(id, version, subject, template, sealed_values, audience, lane, expires_at, accepted_at,"
    " deduplication_key, state, reason, planned, traceparent, follows, tells, walked, broad)"
    """ values ($1, 1, $1, $2, $3, '{"groups": [], "contacts": []}', $4, $5, $6, '', 'planned', '', $7, '',"""
    " $8::uuid[], 'digest', cardinality($8::uuid[]), true)"
    " on conflict (id) do update set planned = alert.planned + excluded.planned, version = alert.version + 1"
)


@dataclass(frozen=True, slots=True)
class Means:
    """What it takes to make digests. `wake` tells who sends a queue."""

    pool: Pool
    relay: Outbox
    wake: Callable[[int], None]
    templates: Templates
    vault: Vault
    rules: PlanningRules


class Digests:
    """Turns of gathering."""

    def __init__(self, means: Means, page: int = PAGE) -> None:
        self._means, self._page = means, page
        self._after: UUID | None = None  # a page begins where the last one ended; forgotten with the process

    async def turn(self, now: datetime) -> bool:
        """Make the digests of a page of people, if it is time; gives whether more wait."""
        if self._means.rules.attention is None:
            return False
        due = self._means.rules.attention.last_digest(now)
        if not await self._means.pool.fetchval(_ANY, due):
            self._after = None
            return False
        async with self._means.pool.acquire() as connection, connection.transaction():
            rows = await connection.fetch(_ITEMS, due, self._after, self._page)
            items = _whole(rows, self._page)
            queues, written = await _Gathering(self._means, connection, now, due).run(items) if items else ((), [])
        self._after = items[-1][0] if items else None
        if written:
            self._means.relay.wake.set()
        for queue in queues:
            self._means.wake(queue)
        return True


class _Gathering:
    """One transaction."""

    def __init__(self, means: Means, connection: Connection, now: datetime, due: datetime) -> None:
        self._of, self._connection, self._now, self._due = means, connection, now, due
        self._texts: dict[UUID, str] = {}

    async def run(self, items: Sequence[tuple[UUID, UUID]]) -> tuple[Collection[int], list[Written]]:
        rows = await self._connection.fetch(_WAITING, *_columns(items), self._now)
        gone = [row for row in rows if row["opted_out"]]
        kept = [row for row in rows if not row["opted_out"] and row["template"] in self._of.templates]
        written = await self._opted_out(gone)
        forgotten = set(items) - {(row["contact"], row["alert"]) for row in kept}
        await self._connection.execute(_FORGET, *_columns(sorted(forgotten)))
        queues, told = await self._send(kept)
        written += told
        if written:
            await outbox.write(self._connection, written)
        return queues, written

    async def _opted_out(self, gone: Sequence[Any]) -> list[Written]:
        await self._connection.execute(_OPTED_OUT, *_columns([(r["contact"], r["alert"]) for r in gone]), self._now)
        return [
            Facts(r["alert"], r["subject"], r["template"], self._now, r["traceparent"]).dropped(
                r["contact"], "opted_out"
            )
            for r in gone
        ]

    async def _send(self, kept: Sequence[Any]) -> tuple[Collection[int], list[Written]]:
        of: dict[UUID, list[UUID]] = defaultdict(list)
        for row in kept:
            of[row["contact"]].append(row["alert"])
            if row["alert"] not in self._texts:
                values = self._of.vault.open_values(row["sealed_values"])
                self._texts[row["alert"]] = self._of.templates.render(row["template"], values).text
        together: dict[tuple[UUID, ...], list[UUID]] = defaultdict(list)
        for contact, items in of.items():
            together[tuple(items)].append(contact)
        people = {one.id: one for one in await named(self._connection, list(of))}
        copies: list[Copy] = []
        for alerts, contacts in together.items():
            copies += await self._raise(alerts, [people[one] for one in contacts])
        return await self._line_up(copies)

    async def _raise(self, alerts: tuple[UUID, ...], people: Sequence[Person]) -> list[Copy]:
        digest = derived_id("digest", self._due.isoformat(), *map(str, alerts))
        text = digest_of([self._texts[one] for one in alerts])
        sealed = self._of.vault.seal_values({"count": str(len(alerts)), "items": text})
        merged = [(person.id, alert, digest) for person in people for alert in alerts]
        await self._connection.execute(_MERGED, *_columns(merged))
        given = (digest, TEMPLATE, sealed, Lane.ROUTINE, self._due + LIFE, self._now, len(people), list(alerts))
        await self._connection.execute(_RAISE, *given)
        facts = Facts(digest, digest, TEMPLATE, self._now, "")
        approved = self._of.templates[TEMPLATE].approved is not None
        channels = [(one, first_channel(None, one.preferred, one.reachable)) for one in people]
        return [Copy(digest, one, channel, facts, approved, asked=True) for one, channel in channels if channel]

    async def _line_up(self, copies: Sequence[Copy]) -> tuple[Collection[int], list[Written]]:
        of, connection = self._of, self._connection
        writing = Writing()
        lines, told = await Beginnings(of.rules, Lane.ROUTINE, of.pool, connection, self._now).lines(copies, writing)
        line_up(writing, lines, self._now)
        await writing.send(connection)
        return lines, told


def _whole(rows: Sequence[Any], limit: int) -> list[tuple[UUID, UUID]]:
    """The items of a page; those of its last person only if they are surely all."""
    items = [(row[0], row[1]) for row in rows]
    if len(items) < limit or items[0][0] == items[-1][0]:
        return items
    return [item for item in items if item[0] != items[-1][0]]


def _columns(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    width = len(rows[0]) if rows else 2
    return [[row[n] for row in rows] for n in range(width)]
