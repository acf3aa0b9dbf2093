"""Tells how far running alerts are, and what came of them."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.postgres import outbox
from chassis.postgres.outbox import Outbox, Written
from chassis.postgres.pool import Pool
from notifier.adapters.delivery_facts import Facts
from notifier.application import sparing
from notifier.domain.alert import AlertState
from notifier.domain.delivery import State
from notifier.domain.progress import Progress, is_over

EVERY, SELDOM = 2.0, 30.0
"""Seconds between two looks at an alert: while it changes, and at most while it does not."""

_RUNNING = (
    "select id, subject, template, traceparent, state, planned, expires_at from alert"
    " where broad and completed_at is null and state not in ('rejected', 'duplicate') order by accepted_at"
)
# With the people planned at the same moment: the counts add up to them while pages are being planned too.
_COUNTS = (
    "select a.planned, d.state, count(*) as people, bool_or(d.tried = 3) as twins"
    " from alert a join {} d on d.alert = a.id where a.id = $1 group by a.planned, d.state"
)
_COPIES, _PEOPLE = _COUNTS.format("delivery"), _COUNTS.format("person_delivery")
_COMPLETED = "update alert set completed_at = $2 where id = $1 and completed_at is null"


@dataclass(slots=True)
class _Watched:
    """What was told last, and when to look again (monotonic)."""

    told: Progress | None = None
    due: float = 0.0
    pause: float = EVERY


class Watch:
    """Turns of looking. What was told last is remembered here: another process tells it once more."""

    def __init__(self, pool: Pool, relay: Outbox) -> None:
        self._pool, self._relay = pool, relay
        self._watched: dict[UUID, _Watched] = {}

    async def turn(self, now: datetime) -> bool:
        """Look at the alerts whose turn it is; gives whether more waits: never."""
        rows = await self._pool.fetch(_RUNNING)
        self._watched = {row["id"]: self._watched.get(row["id"]) or _Watched() for row in rows}
        for row in rows:
            watched = self._watched[row["id"]]
            if time.monotonic() >= watched.due:
                await self._look(row, watched, now)
        return False

    async def _look(self, row: Any, watched: _Watched, now: datetime) -> None:
        began = time.monotonic()
        found = await self._counted(row["id"])
        ended = time.monotonic()
        counts = {State(one["state"]): one["people"] for one in found}
        progress = Progress(found[0]["planned"] if found else row["planned"], counts)
        changed, watched.told = progress != watched.told, progress
        watched.pause = EVERY if changed else min(2 * watched.pause, SELDOM)
        watched.due = ended + sparing.pause(ended - began, watched.pause)
        facts = Facts(row["id"], row["subject"], row["template"], now, row["traceparent"])
        planning, expired = row["state"] == AlertState.PLANNING, is_over(row["expires_at"], now)
        done = row["state"] in {AlertState.PLANNED, AlertState.CANCELLED} and progress.final
        if expired or done:
            await self._write([facts.completed(progress, expired=expired and not done)], row["id"], now)
        elif changed and counts:
            await self._write([facts.progressed(progress, planning=planning)])

    async def _counted(self, alert: UUID) -> Sequence[Any]:
        """People by how their copy stands. Only where somebody has two is it looked up which stands better."""
        rows = await self._pool.fetch(_COPIES, alert)
        return await self._pool.fetch(_PEOPLE, alert) if any(row["twins"] for row in rows) else rows

    async def _write(
        self, rows: Sequence[Written], completed: UUID | None = None, now: datetime | None = None
    ) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            if completed is not None:
                await connection.execute(_COMPLETED, completed, now)
            await outbox.write(connection, rows)
        self._relay.wake.set()
