"""Expands alerts to deliveries, a page at a time: the cursor is committed with each page.

One planner per lane at a time (an advisory lock for the length of the transaction). A crash loses the page that was
not committed and nothing else; the page is then found again. Memory is bounded by the page, whatever the audience.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from chassis.postgres import outbox
from chassis.postgres.outbox import Written
from chassis.postgres.pool import Connection, Pool
from notifier.adapters.asking import Asked, ask, watch_over
from notifier.adapters.delivery_facts import Facts
from notifier.adapters.lining_up import line_up
from notifier.adapters.tables import audience_from_json
from notifier.adapters.templates import Templates
from notifier.domain.alert import AlertState
from notifier.domain.audience import Audience, Keys, chosen_for, keys_of
from notifier.domain.channel import Channel
from notifier.domain.contact import Grant
from notifier.domain.delivery import UNSENT, State, first_channel
from notifier.domain.lane import Lane, queue_of

ALERTS_A_TURN, PAGE = 64, 5000
LOCK = 0x6E6F7469  # "noti": the first half of this service's advisory locks

_TO_DO = (
    "select id, subject, template, audience, channel, acknowledge_by, cursor, planned, state, traceparent,"
    " expires_at, code"
    " from alert where lane = $1 and state in ('planning', 'cancelling') order by accepted_at, id limit $2"
    " for no key update skip locked"
)
_SINGLE = (
    "select id, held, preferred, phone_hash is not null, whatsapp_hash is not null from contact"
    " where id = any($1::uuid[]) order by id"
)
_PAGE = (
    "select id, held, preferred, phone_hash is not null, whatsapp_hash is not null from contact"
    " where ($1::uuid is null or id > $1) and (held && $2::text[] or inside && $3::text[]"
    " or (on_duty and (held && $4::text[] or inside && $5::text[])) or id = any($6::uuid[]))"
    " and not (opted_out and $7) order by id limit $8"
)
_PROGRESS = (
    "update alert a set version = version + 1, cursor = given.cursor, planned = given.planned, state = given.state,"
    " reason = case when given.reason = '' then a.reason else given.reason end"
    " from unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::text[]) as given(id, cursor, planned, state,"
    " reason) where a.id = given.id"
)
_DROP = (
    "update delivery d set state = $3, reason = 'cancelled', due = null, at = $4"
    " from (select queue, seq from delivery where alert = $1 and state = any($2::smallint[]) limit $5"
    " for update skip locked) as mine"
    " where d.queue = mine.queue and d.seq = mine.seq returning d.contact"
)
_OFFERED = (
    "insert into conversation(id, version, offered) select contact, 1, service"
    " from unnest($1::uuid[], $2::text[]) as given(contact, service) order by contact"
    " on conflict (id) do update set offered = excluded.offered, version = conversation.version + 1"
)


@dataclass(slots=True)
class _Person:
    id: UUID
    held: Sequence[str]
    preferred: Channel
    reachable: frozenset[Channel]


@dataclass(slots=True)
class _Work:
    """One alert of this turn and how far it gets."""

    id: UUID
    subject: UUID
    template: str
    audience: Audience
    channel: Channel | None
    acknowledge_by: datetime | None
    cursor: UUID | None
    planned: int
    state: AlertState
    facts: Facts
    expires_at: datetime
    code: str
    reason: str = ""
    keys: Keys = field(default_factory=Keys)


@dataclass(slots=True)
class Page:
    """What a turn did: the new head of each queue that got something, and whether more waits.

    `busy`: another process plans this lane at the moment, and may have looked before the last alert was there.
    """

    heads: dict[int, int] = field(default_factory=dict)
    told: bool = False
    count: int = 0
    more: bool = False
    busy: bool = False


class Planning:
    """Turns of planning on one lane."""

    def __init__(self, pool: Pool, templates: Templates, page: int = PAGE) -> None:
        self._pool = pool
        self._templates = templates
        self._page = page

    async def turn(self, lane: Lane, now: datetime) -> Page:
        """Plan the alerts that wait, up to one page of people to whom groups lead; commit."""
        async with self._pool.acquire() as connection, connection.transaction():
            if not await connection.fetchval("select pg_try_advisory_xact_lock($1, $2)", LOCK, int(lane)):
                return Page(busy=True)
            rows = await connection.fetch(_TO_DO, int(lane), ALERTS_A_TURN)
            return await _Turn(connection, lane, now, self._templates, self._page).run(rows) if rows else Page()


class _Turn:
    """One transaction of planning."""

    def __init__(self, connection: Connection, lane: Lane, now: datetime, templates: Templates, page: int) -> None:
        self._connection = connection
        self._lane = lane
        self._now = now
        self._templates = templates
        self._limit = page
        self._lines: dict[int, list[tuple[UUID, UUID]]] = {}
        self._written: list[Written] = []
        self._offered: dict[UUID, str] = {}
        self._asked: list[Asked] = []
        self._asking: list[UUID] = []
        self._page = Page()

    async def run(self, rows: Sequence[Any]) -> Page:
        works = [self._work(row) for row in rows]
        self._page.more = len(works) == ALERTS_A_TURN
        for work in [work for work in works if work.template not in self._templates]:
            self._reject(work, "unknown_template")  # the region pack changed since it was accepted
        planning = [work for work in works if work.state is AlertState.PLANNING]
        await self._plan_single([work for work in planning if not work.audience.groups])
        await self._plan_pages([work for work in planning if work.audience.groups])
        for work in works:
            if work.state is AlertState.CANCELLING:
                await self._drop(work)
        await self._store(works)
        return self._page

    def _work(self, row: Any) -> _Work:
        id_, subject, template, audience, channel, by, cursor, planned, state, trace, expires_at, code = row
        return _Work(
            id_,
            subject,
            template,
            audience_from_json(orjson.loads(audience)),
            Channel(channel) if channel else None,
            by,
            cursor,
            planned,
            AlertState(state),
            Facts(id_, subject, template, self._now, trace),
            expires_at,
            code,
        )

    async def _plan_single(self, works: Sequence[_Work]) -> None:
        """All alerts to named contacts at once: answers and offers, whose time counts."""
        wanted = {contact for work in works for contact in work.audience.contacts}
        if not wanted:
            return
        people = {row[0]: _person(row) for row in await self._connection.fetch(_SINGLE, list(wanted))}
        for work in works:
            found = [people[contact] for contact in sorted(set(work.audience.contacts)) if contact in people]
            self._tell(work, found)
            self._finish(work)

    async def _plan_pages(self, works: Sequence[_Work]) -> None:
        """Alerts to roles and places, one after another until a page of people is full: most are to a handful."""
        room = self._limit
        for work in works:
            if room <= 0:
                self._page.more = True
                return
            before = work.planned
            await self._plan_page(work)
            room -= work.planned - before

    async def _plan_page(self, work: _Work) -> None:
        """The next page of a big audience, in the order of contacts' ids."""
        keys = work.keys = keys_of(work.audience.groups)
        rows = await self._connection.fetch(
            _PAGE,
            work.cursor,
            list(keys.held),
            list(keys.inside),
            list(keys.held_duty),
            list(keys.inside_duty),
            list(work.audience.contacts),
            self._lane is Lane.ROUTINE,
            self._limit,
        )
        self._tell(work, [_person(row) for row in rows])
        if len(rows) < self._limit:
            self._finish(work)
        else:
            work.cursor = rows[-1][0]
            self._page.more = True

    def _tell(self, work: _Work, people: Sequence[_Person]) -> None:
        template = self._templates[work.template]
        for person in people:
            channel = first_channel(work.channel, person.preferred, person.reachable)
            if channel is None:
                self._written.append(work.facts.failed(person.id, "no_address"))
                continue
            self._lines.setdefault(queue_of(self._lane, channel), []).append((work.id, person.id))
            if work.acknowledge_by is not None:
                grants = sorted(map(Grant.read, person.held))
                grant = chosen_for(grants, work.keys)
                self._written.append(work.facts.delivery_planned(person.id, grant, work.acknowledge_by))
                self._asked.append(self._asks(work, person.id, grant or next(iter(grants), None)))
            if template.is_offer:
                self._offered[person.id] = template.service
        work.planned += len(people)

    def _asks(self, work: _Work, contact: UUID, grant: Grant | None) -> Asked:
        return Asked(work.id, contact, work.subject, work.template, work.code, grant, self._now, work.expires_at)

    def _finish(self, work: _Work) -> None:
        if work.acknowledge_by is not None:
            self._asking.append(work.id)
        if work.planned:
            work.state = AlertState.PLANNED
            self._written.append(work.facts.planned(work.planned))
        else:
            self._reject(work, "nobody")

    def _reject(self, work: _Work, reason: str) -> None:
        work.state, work.reason = AlertState.REJECTED, reason
        self._written.append(work.facts.rejected(reason))

    async def _drop(self, work: _Work) -> None:
        rows = await self._connection.fetch(_DROP, work.id, UNSENT, State.DROPPED, self._now, self._limit)
        self._written += [work.facts.dropped(row[0], "cancelled") for row in rows]
        if len(rows) < self._limit:
            work.state = AlertState.CANCELLED
        else:
            self._page.more = True

    async def _store(self, works: Sequence[_Work]) -> None:
        for queue in sorted(self._lines):
            self._page.count += len(self._lines[queue])
            self._page.heads[queue] = await line_up(self._connection, queue, self._lines[queue], self._now)
        await self._connection.execute(
            _PROGRESS,
            [work.id for work in works],
            [work.cursor for work in works],
            [work.planned for work in works],
            [work.state.value for work in works],
            [work.reason for work in works],
        )
        await ask(self._connection, self._asked)
        await watch_over(self._connection, self._asking, self._now)
        if self._offered:
            await self._connection.execute(_OFFERED, list(self._offered), list(self._offered.values()))
        if self._written:
            await outbox.write(self._connection, self._written)
            self._page.told = True


def _person(row: Any) -> _Person:
    id_, held, preferred, has_phone, has_whatsapp = row
    reachable = {Channel.SMS, Channel.WHATSAPP} if has_phone else set()
    return _Person(
        id_, held, Channel(preferred), frozenset(reachable | ({Channel.WHATSAPP} if has_whatsapp else set()))
    )
