"""Drops what is unsent of an alert, a page at a time: called off, superseded or expired.

The sweep passes over all copies once, by contact; `swept` is how far it is. A copy that is on its way at that moment
(or locked by the worker that claims it) is remembered in `unsettled` and looked at again until it has its outcome:
one that comes back unsent is dropped then. So an alert of a million copies is read once, however many pages it takes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.postgres.pool import Connection
from notifier.adapters.audiences import BEFORE_ALL
from notifier.adapters.tried import BOTH
from notifier.adapters.twins import Whose, unreached
from notifier.domain.delivery import UNSENT, State

_OPEN = (*UNSENT, State.SENDING)
_NEXT = (
    f"select contact, copy, state from delivery where alert = $1 and contact > coalesce($2::uuid, {BEFORE_ALL})"  # noqa: S608 - the constant
    " order by contact fetch first ($3) rows with ties"
)
_AGAIN = "select contact, copy, state from delivery where alert = $1 and contact = any($2::uuid[])"
_DROP = (
    "update delivery d set state = $4, reason = $5, due = null, at = $6"
    " from (select queue, seq from delivery where alert = $1 and contact = any($2::uuid[])"
    " and state = any($3::smallint[]) for update skip locked) as mine"
    " where d.queue = mine.queue and d.seq = mine.seq returning d.contact, d.copy, d.tried"
)


@dataclass(slots=True)
class Sweep:
    """How far the sweep of one alert is; stored between pages."""

    alert: UUID
    swept: UUID | None
    unsettled: Sequence[UUID]
    done: bool = False

    async def page(self, connection: Connection, reason: str, now: datetime, limit: int) -> list[UUID]:
        """Drop what is unsent in the next page; gives whose it was, those whom no other copy may reach any more.

        The alert is held where it may have twins (`twins.hold`).
        """
        rows = await connection.fetch(_NEXT, self.alert, self.swept, limit)
        short = len(rows) < limit
        looked = [*rows, *await connection.fetch(_AGAIN, self.alert, self.unsettled)] if short else rows
        open_ones = {(contact, copy) for contact, copy, state in looked if state in _OPEN}
        dropped = await self._drop(connection, {one[0] for one in open_ones}, reason, now) if open_ones else []
        left = {contact for contact, _ in open_ones.difference((row[0], row[1]) for row in dropped)}
        self.swept = rows[-1][0] if rows else self.swept
        self.unsettled = sorted(left | (set() if short else set(self.unsettled)))
        self.done = short and not self.unsettled
        return await self._ended(connection, dropped)

    async def _drop(self, connection: Connection, whose: set[UUID], reason: str, now: datetime) -> list[Any]:
        given: tuple[Any, ...] = (self.alert, sorted(whose), UNSENT, State.DROPPED, reason, now)
        return list(await connection.fetch(_DROP, *given))

    async def _ended(self, connection: Connection, dropped: Sequence[Any]) -> list[UUID]:
        twins = {Whose(self.alert, contact) for contact, _, tried in dropped if tried == BOTH}
        alone = [contact for contact, _, tried in dropped if tried != BOTH]
        return alone + sorted(one.contact for one in await unreached(connection, twins))
