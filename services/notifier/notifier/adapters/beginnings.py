"""The way each new copy begins: its queue, or the wait for the day's digest."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from chassis.postgres.outbox import Written
from chassis.postgres.pool import Connection, Pool
from chassis.postgres.writing import Writing
from notifier.adapters import attention
from notifier.adapters.audiences import Person
from notifier.adapters.delivery_facts import Facts
from notifier.adapters.lining_up import Line
from notifier.adapters.tried import BOTH
from notifier.adapters.whatsapp import tier
from notifier.domain.attention import DIGEST, Attention
from notifier.domain.carrier_health import FRESH
from notifier.domain.channel import Channel, other
from notifier.domain.delivery import State
from notifier.domain.escalation import NO_CHAINS, Chains
from notifier.domain.lane import Lane, queue_of
from notifier.domain.twins import COPY, may_be_twins

TIER, CARRIER_DOWN = "tier", "carrier_down"
DOWN_FOR = timedelta(seconds=3)
"""So long no carrier serves a channel before its people begin elsewhere: a link that broke is mostly back sooner."""

_DOWN = "select channel from carrier_health where at > $1 group by channel having not bool_or(up) and max(since) < $2"
_OPEN = "select id from conversation where id = any($1::uuid[]) and whatsapp_at > $2"


@dataclass(frozen=True, slots=True)
class PlanningRules:
    """What the region sets. `spare`: places of the WhatsApp tier that a lane leaves to more urgent ones.

    `attention` is None where the region counts nothing. `both_channels`: life-safety goes out on both at once.
    """

    whatsapp_window: timedelta
    attention: Attention | None = None
    spare: dict[Lane, int] = field(default_factory=dict)
    both_channels: bool = False
    chains: Chains = NO_CHAINS


class Copy(NamedTuple):
    """One person's copy, not stored yet. `asked`: it answers the person and counts for nothing.

    `both`: no channel was asked for, it may go out on both at once; `twins`: it does, as two rows.
    """

    alert: UUID
    person: Person
    channel: Channel
    facts: Facts
    by_template: bool
    asked: bool
    both: bool = False
    reason: str = ""
    waits: bool = False
    twins: bool = False


class Beginnings:
    """Chooses for all copies of a turn together. `pool`: for the tier, whose lock must not be held by a turn."""

    def __init__(self, rules: PlanningRules, lane: Lane, pool: Pool, connection: Connection, now: datetime) -> None:
        self.rules, self._lane, self._pool, self._connection, self._now = rules, lane, pool, connection, now

    async def lines(self, copies: Sequence[Copy], writing: Writing) -> tuple[dict[int, list[Line]], list[Written]]:
        """Give the lines of each queue, and what is told of those that begin another way; count what people get."""
        twins, alone = await self._in_twins(copies)
        alone = await self._within_tier(await self._where_carriers_are(alone))
        chosen = await self._within_budget([*twins, *alone], writing)
        lines: dict[int, list[Line]] = {}
        queues = {channel: queue_of(self._lane, channel) for channel in Channel}
        for one in chosen:
            for channel, line in _lines(one):
                lines.setdefault(queues[channel], []).append(line)
        return lines, [
            one.facts.rerouted(one.person.id, other(one.channel), one.reason, "plan")
            for one in chosen
            if one.reason in {TIER, CARRIER_DOWN}
        ]

    async def _in_twins(self, copies: Sequence[Copy]) -> tuple[Sequence[Copy], Sequence[Copy]]:
        """Give those who are told on both channels at once, whatever carriers are up, and the others.

        Whom WhatsApp may not speak to is among the others, by SMS where only a place in the tier is missing.
        """
        if not self.rules.both_channels or self._lane is not Lane.LIFE_SAFETY:
            return [], copies
        fitting = [one for one in copies if one.both and may_be_twins(self._lane, one.person.reachable)]
        alone = [one for one in copies if not one.both or not may_be_twins(self._lane, one.person.reachable)]
        talking, placed = await self._spoken_to(fitting)
        twins: list[Copy] = []
        for one in fitting:
            if one.person.id in (placed if one.by_template else talking):
                twins.append(one._replace(twins=True))
            else:
                alone.append(_without_place(one))
        return twins, alone

    async def _where_carriers_are(self, copies: Sequence[Copy]) -> Sequence[Copy]:
        """Who has another channel does not wait for one that no carrier serves at the moment."""
        down = {
            Channel(row[0]) for row in await self._connection.fetch(_DOWN, self._now - FRESH, self._now - DOWN_FOR)
        }
        if not down or down == set(Channel):
            return copies
        return [_other_way(one, CARRIER_DOWN) if one.channel in down else one for one in copies]

    async def _within_tier(self, copies: Sequence[Copy]) -> Sequence[Copy]:
        """Templates reach so many people a day: whoever finds no place gets an SMS."""
        begun = [one for one in copies if one.channel is Channel.WHATSAPP and one.by_template]
        if not begun:
            return copies
        _, placed = await self._spoken_to(begun)
        return [one if one.person.id in placed else _without_place(one) for one in copies]

    async def _spoken_to(self, copies: Sequence[Copy]) -> tuple[set[UUID], set[UUID]]:
        """With whom a conversation is open; and, with a place for them in the tier, to whom templates may go."""
        people = list(dict.fromkeys(one.person.id for one in copies))
        since = self._now - self.rules.whatsapp_window
        talking = {row[0] for row in await self._connection.fetch(_OPEN, people, since)}
        begun = dict.fromkeys(one.person.id for one in copies if one.by_template)
        silent = [each for each in begun if each not in talking]
        spare = self.rules.spare.get(self._lane, 0)
        return talking, talking | await tier.reserve(self._pool, silent, self._now, spare=spare)

    async def _within_budget(self, copies: Sequence[Copy], writing: Writing) -> Sequence[Copy]:
        """Routine over a person's budget waits for the digest; the other lanes are counted only."""
        rules, unasked = self.rules.attention, [one for one in copies if not one.asked]
        if rules is None or not unasked:
            return copies
        people, day = [one.person.id for one in unasked], rules.day(self._now)
        attention.count(writing, self._lane, people, day)
        if self._lane is not Lane.ROUTINE:
            return copies
        before = await attention.taken(self._connection, people, day)
        return self._kept(copies, before, rules.routine_per_day, writing)

    def _kept(self, copies: Iterable[Copy], taken: Counter[UUID], most: int, writing: Writing) -> Sequence[Copy]:
        chosen, kept = [], []
        for one in copies:
            if not one.asked and (count := taken[one.person.id]) >= most:
                kept.append((one.person.id, one.alert))
                chosen.append(one._replace(waits=True, reason=DIGEST))
            else:
                if not one.asked:
                    taken[one.person.id] = count + 1
                chosen.append(one)
        if kept:
            attention.keep(writing, kept, self._now)
        return chosen


def _without_place(one: Copy) -> Copy:
    """WhatsApp's templates do not reach the person today."""
    return _other_way(one, TIER) if one.channel is Channel.WHATSAPP and one.by_template else one


def _lines(one: Copy) -> list[tuple[Channel, Line]]:
    """The rows of a copy, and by which channel each goes."""
    if one.twins:
        line = Line(one.alert, one.person.id, tried=BOTH)
        return [(channel, line._replace(copy=copy)) for channel, copy in COPY.items()]
    state = State.WAITING if one.waits else State.PLANNED
    return [(one.channel, Line(one.alert, one.person.id, state, 0, one.reason))]


def _other_way(one: Copy, reason: str) -> Copy:
    spare = other(one.channel)
    return one._replace(channel=spare, reason=reason) if spare in one.person.reachable else one
