"""One turn of planning: a transaction that plans up to one page of people."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from chassis.postgres import outbox
from chassis.postgres.outbox import Written
from chassis.postgres.pool import Connection
from chassis.postgres.writing import Writing
from notifier.adapters.asking import Asked, ask, ask_many, watch_no_more, watch_over
from notifier.adapters.audiences import Person, named, page_of
from notifier.adapters.beginnings import Beginnings, Copy
from notifier.adapters.following import being_called_off, followed
from notifier.adapters.lining_up import line_up, numbers
from notifier.adapters.plans import Plan, drop_unsent, store_plans
from notifier.adapters.templates import Templates
from notifier.adapters.twins import hold
from notifier.domain.alert import AlertState, Tells
from notifier.domain.audience import chosen_for, keys_of
from notifier.domain.channel import Channel
from notifier.domain.contact import Grant
from notifier.domain.delivery import first_channel
from notifier.domain.lane import Lane, queue_of

T = TypeVar("T")

TOGETHER = 500
"""People handled at a time: between them the process does what else is due, for a warning may be among it."""

_OFFERED = (
    "insert into conversation(id, version, offered) select contact, 1, service"
    " from unnest($1::uuid[], $2::text[]) as given(contact, service) order by contact"
    " on conflict (id) do update set offered = excluded.offered, version = conversation.version + 1"
)


@dataclass(slots=True)
class Page:
    """What a turn did: the queues that got something, and whether more waits.

    `busy`: another process plans this lane at the moment, and may have looked before the last alert was there.
    """

    queues: set[int] = field(default_factory=set)
    told: bool = False
    count: int = 0
    more: bool = False
    busy: bool = False


class Turn:
    """What is planned in one transaction, and what is told of it."""

    def __init__(
        self,
        connection: Connection,
        lane: Lane,
        now: datetime,
        templates: Templates,
        beginnings: Beginnings,
        page: int,
    ) -> None:
        self._connection, self._lane, self._now = connection, lane, now
        self._templates, self._beginnings, self._limit = templates, beginnings, page
        self._copies: list[Copy] = []
        self._written: list[Written] = []
        self._offered: dict[UUID, str] = {}
        self._asked: list[Asked] = []
        self._asking: dict[UUID, datetime] = {}
        self._writing = Writing()
        self.page = Page()

    async def run(self, plans: Sequence[Plan]) -> Page:
        """Plan them, as far as a page goes, and store it; the caller commits."""
        called_off = [plan for plan in plans if plan.state is AlertState.CANCELLING]
        if called_off:
            await self._begin_to_call_off([plan.id for plan in called_off])
        for plan in plans:
            if plan.template not in self._templates:
                self._reject(plan, "unknown_template")  # the region pack changed since it was accepted
            elif plan.state is AlertState.PLANNING and plan.expires_at <= self._now:
                self._finish(plan, nobody="expired")
        begun = [plan for plan in plans if plan.state is AlertState.PLANNING]
        await self._plan_named([plan for plan in begun if not plan.goes_in_pages])
        await self._plan_pages([plan for plan in begun if plan.goes_in_pages])
        for plan in called_off:
            dropped, more = await drop_unsent(self._connection, plan, self._now, self._limit)
            self._written += dropped
            self.page.more |= more
        await self._store(plans)
        return self.page

    async def _begin_to_call_off(self, alerts: Sequence[UUID]) -> None:
        await watch_no_more(self._connection, alerts, self._now)
        if self._lane is Lane.LIFE_SAFETY:
            await hold(self._connection, alerts)

    async def _plan_named(self, plans: Sequence[Plan]) -> None:
        """All alerts to named contacts at once: answers and offers, whose time counts."""
        wanted = {contact for plan in plans for contact in plan.audience.contacts}
        if not wanted:
            return
        people = {one.id: one for one in await named(self._connection, list(wanted))}
        for plan in plans:
            await self._tell(plan, [people[one] for one in sorted(set(plan.audience.contacts)) if one in people])
            self._finish(plan)

    async def _plan_pages(self, plans: Sequence[Plan]) -> None:
        """Alerts to roles and places, one after another until a page of people is full: most are to a handful."""
        room = self._limit
        for plan in plans:
            if room <= 0:
                self.page.more = True
                return
            before = plan.planned
            if plan.walks:
                await self._walk(plan)
            else:
                await self._plan_page(plan)
            room -= plan.planned - before

    async def _plan_page(self, plan: Plan) -> None:
        """The next page of a big audience, in the order of contacts' ids."""
        keys = plan.keys = keys_of(plan.audience.groups)
        routine = self._lane is Lane.ROUTINE
        found = await page_of(self._connection, plan.audience, keys, plan.cursor, self._limit, routine=routine)
        await self._tell(plan, found.people)
        if found.cursor is None:
            self._finish(plan)
        else:
            plan.cursor = found.cursor
            self.page.more = True

    async def _walk(self, plan: Plan) -> None:
        """The next page of those whom the alerts before this one were for."""
        if plan.tells is Tells.END and await being_called_off(self._connection, plan.follows):
            return
        alert, routine = plan.follows[plan.walked], self._lane is Lane.ROUTINE
        found = await followed(
            self._connection, plan.tells, alert, plan.id, plan.cursor, self._limit, routine=routine
        )
        await self._tell(plan, found.people)
        plan.go_on(found.cursor)
        if plan.walks or plan.rest:
            self.page.more = True
        else:
            self._finish(plan)

    async def _tell(self, plan: Plan, people: Sequence[Person]) -> None:
        template = self._templates[plan.template]
        by_template, asked, is_offer = template.approved is not None, plan.in_reply_to is not None, template.is_offer
        both = not asked and plan.channel is None
        for number, person in enumerate(people):
            if number % TOGETHER == TOGETHER - 1:
                await asyncio.sleep(0)
            channel = first_channel(plan.channel, person.preferred, person.reachable)
            if channel is None:
                self._written.append(plan.facts.failed(person.id, "no_address"))
                continue
            self._copies.append(Copy(plan.id, person, channel, plan.facts, by_template, asked, both))
            if plan.acknowledge_by is not None:
                grants = sorted(map(Grant.read, person.held))
                grant = chosen_for(grants, plan.keys)
                self._written.append(plan.facts.delivery_planned(person.id, grant, plan.acknowledge_by))
                self._asked.append(self._asks(plan, person.id, grant or next(iter(grants), None)))
            if is_offer:
                self._offered[person.id] = template.service
        plan.planned += len(people)

    def _asks(self, plan: Plan, contact: UUID, grant: Grant | None) -> Asked:
        return Asked(plan.id, contact, plan.subject, plan.template, plan.code, grant, self._now, plan.expires_at)

    def _finish(self, plan: Plan, nobody: str = "nobody") -> None:
        if plan.acknowledge_by is not None:
            self._asking[plan.id] = self._beginnings.rules.chains.of(plan.template).due(1, self._now, plan.expires_at)
        if plan.planned or plan.tells is not Tells.NOTHING:  # an update of what nobody got yet is no mistake
            plan.state = AlertState.PLANNED
            self._written.append(plan.facts.planned(plan.planned, plan.follows[0] if plan.follows else None))
        else:
            self._reject(plan, nobody)

    def _reject(self, plan: Plan, reason: str) -> None:
        plan.state, plan.reason = AlertState.REJECTED, reason
        self._written.append(plan.facts.rejected(reason))

    async def _store(self, plans: Sequence[Plan]) -> None:
        """What a few people need goes in one statement; a page goes by parts, its many rows by COPY."""
        await self._line_up()
        store_plans(self._writing, plans)
        watch_over(self._writing, self._asking, self._now)
        if self._offered:
            self._writing.add(_OFFERED, list(self._offered), list(self._offered.values()))
        if few := max(len(self._asked), len(self._written)) <= outbox.FEW:
            ask(self._writing, self._asked)
            outbox.add(self._writing, self._written)
        await self._send()
        if not few:
            for asked in _some(self._asked):
                await ask_many(self._connection, asked)
            for rows in _some(self._written):
                await outbox.write(self._connection, rows)
        self.page.told = bool(self._written)

    async def _line_up(self) -> None:
        if len(self._copies) > TOGETHER:
            for queue in sorted(queue_of(self._lane, channel) for channel in Channel):
                await numbers(self._connection, queue, 0)  # all queues in their order, before any gets something
        for some in _some(self._copies):
            await self._send()  # those before count already
            lines, told = await self._beginnings.lines(some, self._writing)
            self._written += told
            line_up(self._writing, lines, self._now)
            self.page.queues.update(lines)
            self.page.count += sum(map(len, lines.values()))

    async def _send(self) -> None:
        await self._writing.send(self._connection)
        self._writing = Writing()


def _some(things: Sequence[T]) -> Iterator[Sequence[T]]:
    return (things[start : start + TOGETHER] for start in range(0, len(things), TOGETHER))
