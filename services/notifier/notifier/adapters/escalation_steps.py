"""What one step of an escalation does to a page of silent people, inside the transaction of its turn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.postgres.outbox import Written
from chassis.postgres.pool import Connection
from chassis.postgres.writing import Writing
from notifier.adapters.asking import Asked, ask
from notifier.adapters.audiences import Person
from notifier.adapters.beginnings import Beginnings, Copy
from notifier.adapters.delivery_facts import Facts
from notifier.adapters.lining_up import line_up
from notifier.adapters.second_copies import second_copies
from notifier.adapters.standing_in import Order, Search, StandIn
from notifier.domain.contact import Grant
from notifier.domain.escalation import Chains, What
from notifier.domain.lane import Lane

_MORE_FOR = "update acknowledgement set stands_for = $3, version = version + 1 where alert = $1 and contact = $2"
_FOR = "select stands_for from acknowledgement where alert = $1 and contact = $2 for update"
_PLANNED = "update alert set planned = planned + $2, version = version + 1 where id = $1"


@dataclass(frozen=True, slots=True)
class Ways:
    """How the region finds people: its chains, its rosters, and what surrounds a place, the nearest first.

    `begin` says on which channels they are told, `approved` whether WhatsApp has a template of a text.
    """

    chains: Chains
    order: Order
    around: Callable[[str], Sequence[str]]
    begin: Callable[[Connection, Lane, datetime], Beginnings]
    approved: Callable[[str], bool]


@dataclass(slots=True)
class Case:
    """One escalation: how far it is, and what its alert tells."""

    alert: UUID
    planned_at: datetime
    step: int
    taken: int
    cursor: UUID | None
    people: int
    subject: UUID
    template: str
    lane: Lane
    code: str
    acknowledge_by: datetime
    expires_at: datetime
    facts: Facts


class Acting:
    """Acts for a page of silent people. `written` is to be told; `queues` got something."""

    def __init__(self, connection: Connection, case: Case, now: datetime, ways: Ways) -> None:
        self._connection, self._case, self._now, self._ways = connection, case, now, ways
        self.written: list[Written] = []
        self.queues: set[int] = set()

    async def act(self, what: What, silent: Sequence[Any]) -> int:
        """Do it for these (contact, role, place); gives how many people are told."""
        if what is What.OTHER_CHANNEL:
            return await self._other_channel([row[0] for row in silent])
        return await self._bring_in(what, silent)

    async def _other_channel(self, people: Sequence[UUID]) -> int:
        case = self._case
        moved = await second_copies(self._connection, case.alert, case.lane, people, self._now)
        for contact, channel, queue in moved:
            self.written.append(case.facts.rerouted(contact, channel, "silent", f"escalation.{case.step}"))
            self.queues.add(queue)
        return len(moved)

    async def _bring_in(self, what: What, rows: Sequence[Any]) -> int:
        """For each post, a role at a place, somebody in the place of those who are silent there."""
        case = self._case
        routine = case.lane is Lane.ROUTINE
        search = Search(self._connection, case.alert, case.step, self._now, self._ways.order, spare_opted_out=routine)
        for post, silent in _posts(rows).items():
            if what is What.NEXT_ON_ROSTER:
                await search.next_of(post, silent)
            else:
                await search.above(self._rungs(post), silent)
        found = list(search.found.values())
        new = [one for one in found if not one.candidate.told]
        await self._tell(new)
        for one in found:
            if one.candidate.told:
                await self._stands_for_more(one)
        return len(new)

    def _rungs(self, post: Grant) -> list[Grant]:
        return [
            Grant(role, place)
            for role in self._ways.chains.above(post.role)
            for place in self._ways.around(post.place)
        ]

    async def _tell(self, new: Sequence[StandIn]) -> None:
        """Line their deliveries up and await their answers too."""
        case = self._case
        if not new:
            return
        await self._connection.execute(_PLANNED, case.alert, len(new))
        writing, copies = Writing(), [*map(self._copy, new)]
        lines, told = await self._ways.begin(self._connection, case.lane, self._now).lines(copies, writing)
        self.written += told
        for one in new:
            self.written.append(case.facts.delivery_planned(one.candidate.id, one.grant, case.acknowledge_by))
        line_up(writing, lines, self._now)
        ask(writing, [self._asks(one) for one in new])
        await writing.send(self._connection)
        self.queues.update(lines)

    def _copy(self, one: StandIn) -> Copy:
        case, candidate = self._case, one.candidate
        person = Person(candidate.id, candidate.held, candidate.channel, candidate.reachable)
        approved = self._ways.approved(case.template)
        # Nobody's budget holds it: others are silent, it is this person's turn.
        return Copy(case.alert, person, candidate.channel, case.facts, approved, asked=True, both=True)

    def _asks(self, one: StandIn) -> Asked:
        case, contact = self._case, one.candidate.id
        about = (case.alert, contact, case.subject, case.template, case.code, one.grant)
        return Asked(*about, self._now, case.expires_at, case.step, tuple(sorted(one.silent)))

    async def _stands_for_more(self, one: StandIn) -> None:
        alert, contact = self._case.alert, one.candidate.id
        before = await self._connection.fetchval(_FOR, alert, contact)
        await self._connection.execute(_MORE_FOR, alert, contact, sorted({*before, *one.silent}))


def _posts(rows: Sequence[Any]) -> dict[Grant, list[UUID]]:
    """Who is silent, by role and place; somebody without any has nobody above."""
    posts: dict[Grant, list[UUID]] = {}
    for contact, role, place in rows:
        if role:
            posts.setdefault(Grant(role, place), []).append(contact)
    return posts
