"""Drops what is unsent of alerts whose time is over, however stuck their queues are.

Every alert passes here once, after its expiry, and is then settled: the index holds only those that are not. While
nothing is due, one look into it is all.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from chassis.postgres import outbox
from chassis.postgres.outbox import Outbox, Written
from chassis.postgres.pool import Connection, Pool
from notifier.adapters.delivery_facts import Facts
from notifier.adapters.planning import PAGE
from notifier.adapters.sweeping import Sweep
from notifier.adapters.twins import hold
from notifier.domain.delivery import UNSENT, State
from notifier.domain.lane import Lane

ALERTS_A_TURN = 200
FEW = 100
"""Copies of an alert that are looked at together with those of others: answers, offers."""

# The planner ends by itself what it plans or calls off at that moment.
_DUE = (
    "select id, subject, template, traceparent, planned, swept, unsettled, lane from alert"
    " where not settled and expires_at <= $1 and state not in ('planning', 'cancelling')"
    " order by expires_at limit $2 for no key update skip locked"
)
_OPEN = "select distinct alert from delivery where alert = any($1::uuid[]) and state = any($2::smallint[])"
_SETTLED = "update alert set settled = true, swept = null, unsettled = '{}' where id = any($1::uuid[])"
_SWEPT = "update alert set swept = $2, unsettled = $3 where id = $1"


class Expiry:
    """Turns of the sweep over all lanes."""

    def __init__(self, pool: Pool, relay: Outbox, page: int = PAGE) -> None:
        self._pool, self._relay, self._page = pool, relay, page

    async def turn(self, now: datetime) -> bool:
        """Sweep a page of each alert that is due; gives whether more waits."""
        async with self._pool.acquire() as connection, connection.transaction():
            rows = await connection.fetch(_DUE, now, ALERTS_A_TURN)
            if not rows:
                return False
            written, more = await self._sweep(connection, rows, now)
            if written:
                await outbox.write(connection, written)
        if written:
            self._relay.wake.set()
        return more or len(rows) == ALERTS_A_TURN

    async def _sweep(self, connection: Connection, rows: Sequence[Any], now: datetime) -> tuple[list[Written], bool]:
        few = [row["id"] for row in rows if row["planned"] <= FEW]
        states = (*UNSENT, State.SENDING)
        alive = {row[0] for row in await connection.fetch(_OPEN, few, states)} if few else set()
        settled, written, more = set(few) - alive, list[Written](), False
        if held := {row["id"] for row in rows if row["lane"] == Lane.LIFE_SAFETY} - settled:
            await hold(connection, held)
        for row in rows:
            if row["id"] in settled:
                continue
            sweep = Sweep(row["id"], row["swept"], row["unsettled"])
            facts = Facts(row["id"], row["subject"], row["template"], now, row["traceparent"])
            written += [
                facts.dropped(one, "expired") for one in await sweep.page(connection, "expired", now, self._page)
            ]
            if sweep.done:
                settled.add(sweep.alert)
            else:
                await connection.execute(_SWEPT, sweep.alert, sweep.swept, sweep.unsettled)
                more |= sweep.swept != row["swept"]
        await connection.execute(_SETTLED, sorted(settled))
        return written, more
