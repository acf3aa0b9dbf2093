"""Takes the steps of escalations when they are due, each page of people in one transaction.

The row of `escalation` is locked meanwhile, so that several processes share the work; what a killed one had not
committed did not happen, and is found due again. A new delivery is unique for its alert and contact by an index.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.postgres import outbox
from chassis.postgres.outbox import Written
from chassis.postgres.pool import Connection, Pool
from notifier.adapters.delivery_facts import Facts
from notifier.adapters.escalation_steps import Acting, Case, Ways
from notifier.adapters.second_copies import spare_the_answered
from notifier.domain.escalation import Step, What
from notifier.domain.lane import Lane

PAGE = 1000
FIRST_LOOK, OVERLAP = timedelta(hours=1), timedelta(seconds=30)
"""How far back answers are looked at after a start, and how long one may take from its moment to its commit."""

REST = timedelta(seconds=30)
"""How long an escalation is left alone that failed: others go on."""

_NEXT = (
    "select e.alert, e.planned_at, e.step, e.taken, e.cursor, e.people, a.subject, a.template, a.lane, a.code,"
    " a.acknowledge_by, a.expires_at, a.traceparent, a.state in ('cancelling', 'cancelled') as called_off"
    " from escalation e join alert a on a.id = e.alert"
    " where e.due <= $1 and e.alert <> all($2)"
    " order by a.lane, e.due limit 1 for update of e skip locked"
)
_STORE = "update escalation set step = $2, taken = $3, due = $4, cursor = $5, people = $6 where alert = $1"
_CLOSE = "update acknowledgement set open = false, version = version + 1 where alert = $1 and open"
# Settled are those who need nobody any more: they or somebody in their place have answered.
_SETTLED = (
    "select distinct silent from acknowledgement s cross join unnest(s.stands_for) silent where s.alert = $1"
    " and (s.at is not null or exists(select 1 from acknowledgement k where k.alert = $1 and k.contact = silent"
    " and k.at is not null))"
)
# Whoever was brought in is asked again only while somebody of those for whom is not settled.
_SILENT = (
    "select contact, role, place from acknowledgement where alert = $1 and at is null"
    " and case when step = 0 then contact <> all($2) else $3 and not stands_for <@ $2 end"
    " and ($4::uuid is null or contact > $4) order by contact limit $5"
)
_COUNT = "select count(*) from acknowledgement where alert = $1 and at is null and step = 0 and contact <> all($2)"


@dataclass(slots=True)
class Turn:
    """What a turn did: the queues that got something, whether something is told, whether more may be due."""

    queues: set[int] = field(default_factory=set)
    told: bool = False
    more: bool = False
    what: What | None = None
    people: int = 0


class Escalating:
    """Turns of escalating."""

    def __init__(self, pool: Pool, ways: Ways, page: int = PAGE) -> None:
        self._pool, self._ways, self._page = pool, ways, page
        self._resting: dict[UUID, datetime] = {}
        self._spared: datetime | None = None

    async def spare(self, now: datetime) -> None:
        """Send no second copy to those who have answered since the last time."""
        since = (self._spared or now - FIRST_LOOK) - OVERLAP
        await spare_the_answered(self._pool, since, now)
        self._spared = now

    async def turn(self, now: datetime) -> Turn:
        """Take what is due first, of the most urgent lane; commit. An escalation that fails rests for a while."""
        self._resting = {alert: until for alert, until in self._resting.items() if until > now}
        async with self._pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(_NEXT, now, list(self._resting))
            if row is None:
                return Turn()
            try:
                return await self._go_on(connection, row, now)
            except Exception:
                self._resting[row["alert"]] = now + REST
                raise

    async def _go_on(self, connection: Connection, row: Any, now: datetime) -> Turn:
        case = _case(row, now)
        walk = _Walk(connection, case, now, self._ways, self._page)
        if row["called_off"] or case.expires_at <= now:
            return await walk.close()
        return await walk.go_on()


class _Walk:
    """One transaction of one escalation."""

    def __init__(self, connection: Connection, case: Case, now: datetime, ways: Ways, page: int) -> None:
        self._connection, self._case, self._now, self._page = connection, case, now, page
        self._chain = ways.chains.of(case.template)
        self._acting = Acting(connection, case, now, ways)
        self._turn = Turn(more=True)

    async def close(self) -> Turn:
        """Nothing more can happen: it expired or was called off."""
        await self._connection.execute(_CLOSE, self._case.alert)
        await self._store(self._case.step, None)
        return self._turn

    async def go_on(self) -> Turn:
        """Take the step that is due, or a page of it."""
        case, number = self._case, self._case.step
        settled = [row[0] for row in await self._connection.fetch(_SETTLED, case.alert)]
        silent: int = await self._connection.fetchval(_COUNT, case.alert, settled)
        if number == 0:  # stored before chains began with their first step
            await self._begin(1)
        elif not silent or number >= self._chain.over:
            await self._begin(self._chain.over)
        elif (step := self._chain.step(number)) is not None:
            await self._take(step, settled)
        else:
            await self._tell([case.facts.unacknowledged(silent)])
            await self._begin(self._chain.over)
        return self._turn

    async def _take(self, step: Step, settled: Sequence[UUID]) -> None:
        """The silent of the audience, a page of them; for another channel also those brought in before."""
        case, again = self._case, step.what is What.OTHER_CHANNEL
        page = await self._connection.fetch(_SILENT, case.alert, settled, again, case.cursor, self._page)
        self._turn.what, self._turn.people = step.what, await self._acting.act(step.what, page)
        self._turn.queues = self._acting.queues
        case.people += self._turn.people
        if len(page) == self._page:
            case.cursor = page[-1]["contact"]
            await self._tell(self._acting.written)
            await self._store(case.step, self._now)
        else:
            case.taken += 1
            await self._tell([*self._acting.written, case.facts.escalated(case.step, step.what, case.people)])
            await self._begin(case.step + 1)

    async def _begin(self, number: int) -> None:
        case = self._case
        case.cursor, case.people = None, 0
        await self._store(number, self._chain.due(number, case.planned_at, case.expires_at))

    async def _store(self, number: int, due: datetime | None) -> None:
        case = self._case
        await self._connection.execute(_STORE, case.alert, number, case.taken, due, case.cursor, case.people)

    async def _tell(self, written: Sequence[Written]) -> None:
        if written:
            await outbox.write(self._connection, written)
            self._turn.told = True


def _case(row: Any, now: datetime) -> Case:
    alert, planned_at, step, taken, cursor, people, subject, template, lane, code, by, expires_at, trace, _ = row
    facts = Facts(alert, subject, template, now, trace)
    return Case(
        alert, planned_at, step, taken, cursor, people, subject, template, Lane(lane), code, by, expires_at, facts
    )
