"""Alerts on their way through the planner, as rows: how far each is, and what is to be done about it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from chassis.postgres.outbox import Written
from chassis.postgres.pool import Connection
from chassis.postgres.writing import Writing
from notifier.adapters.alert_tables import audience_from_json
from notifier.adapters.delivery_facts import Facts
from notifier.adapters.sweeping import Sweep
from notifier.domain.alert import SUPERSEDED, AlertState, Tells
from notifier.domain.audience import Audience, Keys
from notifier.domain.channel import Channel
from notifier.domain.lane import Lane

ALERTS_A_TURN = 64
LOCK = 0x6E6F7469  # "noti": the first half of this service's advisory locks

# What follows in the transaction is planned once: by keys, all of it, but for `people_of`, which sees to itself.
_TO_DO = (
    "with mine as materialized (select pg_try_advisory_xact_lock($1, $2) as got,"
    " set_config('plan_cache_mode', 'force_generic_plan', true))"
    " select mine.got, waiting.* from mine left join lateral ("
    "select id, subject, template, audience, channel, acknowledge_by, cursor, planned, state, traceparent,"
    " expires_at, in_reply_to, follows, tells, walked, rest, resume, successor, swept, unsettled, code"
    " from alert where mine.got and lane = $2 and state in ('planning', 'cancelling') order by accepted_at, id"
    " limit $3 for no key update skip locked) waiting on true"
)
_STORE = (
    "update alert a set version = version + 1, cursor = given.cursor, planned = given.planned, state = given.state,"
    " reason = case when given.reason = '' then a.reason else given.reason end, walked = given.walked"
    " from unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::text[], $6::int[]) as given(id, cursor, planned,"
    " state, reason, walked) where a.id = given.id"
)
_SWEPT = "update alert set swept = $2, unsettled = $3 where id = $1"


@dataclass(slots=True)
class Plan:
    """One alert of a turn and how far it gets."""

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
    in_reply_to: UUID | None
    follows: tuple[UUID, ...]
    tells: Tells
    walked: int
    rest: bool
    resume: UUID | None
    superseded: bool
    sweep: Sweep
    code: str
    reason: str = ""
    keys: Keys = field(default_factory=Keys)

    @property
    def walks(self) -> bool:
        """Whether the recipients of an alert before it are not planned yet."""
        return self.walked < len(self.follows)

    @property
    def goes_in_pages(self) -> bool:
        """Whether it may take more than one page."""
        return self.walks or bool(self.audience.groups)

    def go_on(self, cursor: UUID | None) -> None:
        """Remember how far the walk is: in this alert, at the next one, or at the rest of the audience."""
        self.cursor = cursor
        if cursor is None:
            self.walked += 1
            self.cursor = None if self.walks else self.resume


async def read_plans(connection: Connection, lane: Lane, now: datetime) -> tuple[list[Plan], bool] | None:
    """Lock and give the alerts of a lane that wait longest, and whether there may be more.

    None when another process plans the lane. Nobody else does until the transaction ends.
    """
    rows = await connection.fetch(_TO_DO, LOCK, int(lane), ALERTS_A_TURN)
    if not rows[0][0]:
        return None
    plans = [_plan(row, now) for _, *row in rows if row[0] is not None]
    return plans, len(plans) == ALERTS_A_TURN


def store_plans(writing: Writing, plans: Sequence[Plan]) -> None:
    """Remember how far they are."""
    writing.add(
        _STORE,
        [plan.id for plan in plans],
        [plan.cursor for plan in plans],
        [plan.planned for plan in plans],
        [plan.state.value for plan in plans],
        [plan.reason for plan in plans],
        [plan.walked for plan in plans],
    )


async def drop_unsent(connection: Connection, plan: Plan, now: datetime, limit: int) -> tuple[list[Written], bool]:
    """Drop a page of an alert that is called off; gives what is told of it, and whether the next page can follow.

    The alert is cancelled when nothing of it is on its way any more. The expiry passes over it once more later.
    """
    before, reason = plan.sweep.swept, SUPERSEDED if plan.superseded else "cancelled"
    dropped = await plan.sweep.page(connection, reason, now, limit)
    if plan.sweep.done:
        plan.state = AlertState.CANCELLED
        plan.sweep = Sweep(plan.id, None, ())
    await connection.execute(_SWEPT, plan.id, plan.sweep.swept, plan.sweep.unsettled)
    moved = plan.sweep.swept != before and not plan.sweep.done
    return [plan.facts.dropped(one, reason) for one in dropped], moved


def _plan(row: Any, now: datetime) -> Plan:
    id_, subject, template, audience, channel, by, cursor, planned, state, trace, expires_at, *chain = row
    in_reply_to, follows, tells, walked, rest, resume, successor, swept, unsettled, code = chain
    return Plan(
        id_,
        subject,
        template,
        audience_from_json(orjson.loads(audience)),
        Channel(channel) if channel else None,
        by,
        cursor,
        planned,
        AlertState(state),
        Facts(id_, subject, template, now, trace),
        expires_at,
        in_reply_to,
        tuple(follows),
        Tells(tells),
        walked,
        rest,
        resume,
        successor is not None,
        Sweep(id_, swept, unsettled),
        code,
    )
