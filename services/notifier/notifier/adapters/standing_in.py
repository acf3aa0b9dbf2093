"""Who is brought in for people who do not answer: the next of the roster, or whoever is above."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.postgres.pool import Connection
from notifier.domain.audience import DUTY_ROLES
from notifier.domain.channel import Channel
from notifier.domain.contact import Grant

Order = Callable[[Connection, str, str, datetime], Awaitable[Sequence[UUID]]]
"""The duty roster of a role and place at a moment, in the order of asking (`rosters.order`)."""

# Nobody is told twice: who was told before this step, for whatever reason, is no candidate any more.
_CANDIDATES = (
    "select c.id, c.held, c.preferred, c.phone_hash is not null, c.on_duty,"
    " k.step is not null as told from contact c left join acknowledgement k on k.alert = $1 and k.contact = c.id"
    " where c.held && $2::text[] and (k.id is null or k.step = $3) and not (c.opted_out and $4)"
    " and (c.phone_hash is not null or c.whatsapp_hash is not null) order by c.id"
)


@dataclass(slots=True)
class Candidate:
    """Somebody who could be brought in. `told`: by this very step, for others."""

    id: UUID
    held: Sequence[str]
    channel: Channel
    reachable: frozenset[Channel]
    on_duty: bool
    told: bool


@dataclass(slots=True)
class StandIn:
    """Somebody brought in, why, and for whom."""

    candidate: Candidate
    grant: Grant
    silent: set[UUID] = field(default_factory=set)


class Search:
    """Looks for stand-ins of one alert's step."""

    def __init__(
        self, connection: Connection, alert: UUID, step: int, now: datetime, order: Order, *, spare_opted_out: bool
    ) -> None:
        self._connection, self._alert, self._step, self._now = connection, alert, step, now
        self._order, self._spare = order, spare_opted_out
        self.found: dict[UUID, StandIn] = {}

    async def next_of(self, post: Grant, silent: Iterable[UUID]) -> None:
        """Bring in the next person of the post, one for a step: by the roster, then by duty, then by id."""
        people = await self._candidates([post])
        if not people:
            return
        roster = list(await self._order(self._connection, post.role, post.place, self._now))
        places = {contact: place for place, contact in enumerate(roster)}

        def turn(one: Candidate) -> tuple[bool, int, bool]:
            return not self._told(one), places.get(one.id, len(places)), not one.on_duty

        self._take(min(people, key=turn), post, silent)

    async def above(self, rungs: Sequence[Grant], silent: Iterable[UUID]) -> None:
        """Bring in all who hold the first of these grants that has anybody left to tell."""
        people = await self._candidates(rungs)
        for rung in rungs:
            holders = [one for one in people if str(rung) in one.held and _works(one, rung)]
            for one in holders:
                self._take(one, rung, silent)
            if holders:
                return

    async def _candidates(self, grants: Sequence[Grant]) -> list[Candidate]:
        rows = await self._connection.fetch(_CANDIDATES, self._alert, [*map(str, grants)], self._step, self._spare)
        return [_candidate(row) for row in rows]

    def _told(self, one: Candidate) -> bool:
        return one.told or one.id in self.found

    def _take(self, one: Candidate, grant: Grant, silent: Iterable[UUID]) -> None:
        self.found.setdefault(one.id, StandIn(one, grant)).silent.update(silent)


def _works(one: Candidate, grant: Grant) -> bool:
    return one.on_duty or grant.role not in DUTY_ROLES


def _candidate(row: Any) -> Candidate:
    id_, held, preferred, has_phone, on_duty, told = row
    reachable = frozenset(Channel) if has_phone else frozenset({Channel.WHATSAPP})  # a phone serves both
    channel = Channel(preferred) if has_phone else Channel.WHATSAPP
    return Candidate(id_, held, channel, reachable, on_duty, told)
