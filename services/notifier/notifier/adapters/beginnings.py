"""The way each new copy begins: its queue, or the wait for the day's digest."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from chassis.postgres.outbox import Written
from chassis.postgres.pool import Connection, Pool
from notifier.adapters import attention
from notifier.adapters.audiences import Person
from notifier.adapters.delivery_facts import Facts
from notifier.adapters.lining_up import Line
from notifier.adapters.whatsapp import tier
from notifier.domain.attention import DIGEST, Attention
from notifier.domain.carrier_health import FRESH
from notifier.domain.channel import Channel, other
from notifier.domain.delivery import State
from notifier.domain.lane import Lane, queue_of

TIER, CARRIER_DOWN = "tier", "carrier_down"
DOWN_FOR = timedelta(seconds=3)
"""So long no carrier serves a channel before its people begin elsewhere: a link that broke is mostly back sooner."""

_DOWN = "select channel from carrier_health where at > $1 group by channel having not bool_or(up) and max(since) < $2"
_OPEN = "select id from conversation where id = any($1::uuid[]) and whatsapp_at > $2"


@dataclass(frozen=True, slots=True)
class PlanningRules:
    """What the region sets. `spare`: places of the WhatsApp tier that a lane leaves to more urgent ones.

    `attention` is None where the region counts nothing.
    """

    whatsapp_window: timedelta
    attention: Attention | None = None
    spare: dict[Lane, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Copy:
    """One person's copy, not stored yet. `asked`: it answers the person and counts for nothing."""

    alert: UUID
    person: Person
    channel: Channel
    facts: Facts
    by_template: bool
    asked: bool
    reason: str = ""
    waits: bool = False


class Beginnings:
    """Chooses for all copies of a turn together. `pool`: for the tier, whose lock must not be held by a turn."""

    def __init__(self, rules: PlanningRules, lane: Lane, pool: Pool, connection: Connection, now: datetime) -> None:
        self._rules, self._lane, self._pool, self._connection, self._now = rules, lane, pool, connection, now

    async def lines(self, copies: Sequence[Copy]) -> tuple[dict[int, list[Line]], list[Written]]:
        """Give the lines of each queue, and what is told of those that begin another way."""
        chosen = await self._within_tier(await self._where_carriers_are(copies))
        chosen = await self._within_budget(chosen)
        lines: dict[int, list[Line]] = {}
        for one in chosen:
            state = State.WAITING if one.waits else State.PLANNED
            line = Line(one.alert, one.person.id, state, 0, one.reason)
            lines.setdefault(queue_of(self._lane, one.channel), []).append(line)
        return lines, [
            one.facts.rerouted(one.person.id, other(one.channel), one.reason, "plan")
            for one in chosen
            if one.reason in {TIER, CARRIER_DOWN}
        ]

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
        people = list(dict.fromkeys(one.person.id for one in begun))
        since = self._now - self._rules.whatsapp_window
        talking = {row[0] for row in await self._connection.fetch(_OPEN, people, since)}
        silent = [each for each in people if each not in talking]
        spare = self._rules.spare.get(self._lane, 0)
        placed = talking | await tier.reserve(self._pool, silent, self._now, spare=spare)
        return [
            _other_way(one, TIER)
            if one.channel is Channel.WHATSAPP and one.by_template and one.person.id not in placed
            else one
            for one in copies
        ]

    async def _within_budget(self, copies: Sequence[Copy]) -> Sequence[Copy]:
        """Routine over a person's budget waits for the digest; the other lanes are counted only."""
        rules, unasked = self._rules.attention, [one for one in copies if not one.asked]
        if rules is None or not unasked:
            return copies
        people = [one.person.id for one in unasked]
        before = await attention.count(self._connection, self._lane, people, rules.day(self._now))
        if self._lane is not Lane.ROUTINE:
            return copies
        return await self._kept(copies, before, rules.routine_per_day)

    async def _kept(self, copies: Iterable[Copy], taken: dict[UUID, int], most: int) -> Sequence[Copy]:
        chosen, kept = [], []
        for one in copies:
            if not one.asked and (count := taken[one.person.id]) >= most:
                kept.append((one.person.id, one.alert))
                chosen.append(replace(one, waits=True, reason=DIGEST))
            else:
                if not one.asked:
                    taken[one.person.id] = count + 1
                chosen.append(one)
        if kept:
            await attention.keep(self._connection, kept, self._now)
        return chosen


def _other_way(one: Copy, reason: str) -> Copy:
    spare = other(one.channel)
    return replace(one, channel=spare, reason=reason) if spare in one.person.reachable else one
