"""What follows by itself: contacts' duty follows the rosters, deletions are finished, what is over is swept.

Every pass looks at what is stored and does what is missing: killed at any moment, the next one finds the same.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from chassis.kernel.clock import Clock
from chassis.kernel.hearing import heard
from chassis.kernel.work import Work
from chassis.postgres.boundary import Boundary
from chassis.postgres.step import Failed, Step
from notifier.application.rosters import follow_roster
from notifier.domain.contact import Contact

LOOK = 0.5  # seconds: how long after its time a shift begins at most
SWEEP_EVERY = timedelta(hours=1)
TOGETHER = 200
_log = logging.getLogger(__name__)


class Duties(Protocol):
    """What the rosters say (`adapters.rosters`)."""

    async def changes(self, now: datetime, limit: int) -> list[tuple[UUID, bool | None]]:
        """Contacts whose duty is to change, and how."""

    async def sweep(self, now: datetime) -> None:
        """Forget what is over."""


class Deletions(Protocol):
    """What deletions ask for (`adapters.erasures`)."""

    async def turn(self, now: datetime) -> bool:
        """Finish one; False when none waits."""

    async def sweep(self) -> None:
        """Forget what was taken away."""


class Housekeeping:
    """A part of the process. `changed` is set where a roster was changed."""

    def __init__(
        self, boundary: Boundary, duties: Duties, deletions: Deletions, clock: Clock, changed: asyncio.Event
    ) -> None:
        self.name = "housekeeping"
        self.ready = True
        self._boundary, self._duties, self._deletions, self._clock = boundary, duties, deletions, clock
        self._changed = changed
        self._swept: datetime | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._keep_looking(), name=self.name)

    async def stop(self) -> None:
        """Leave the rest to the next start."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def follow_rosters(self) -> int:
        """Put contacts on and off duty as the rosters say; give how many."""
        changes = await self._duties.changes(self._clock.now(), TOGETHER)
        outcomes = await self._boundary.run([_following(contact, on_duty) for contact, on_duty in changes])
        for outcome in outcomes:
            if isinstance(outcome, Failed):
                raise outcome.error
        return len(changes)

    async def _keep_looking(self) -> None:
        while True:
            self._changed.clear()
            await self._quietly(self.follow_rosters())
            await self._quietly(self._delete())
            await self._quietly(self._sweep())
            await heard(self._changed, LOOK)

    async def _delete(self) -> None:
        while await self._deletions.turn(self._clock.now()):
            pass

    async def _sweep(self) -> None:
        now = self._clock.now()
        if self._swept is None or now - self._swept >= SWEEP_EVERY:
            await self._duties.sweep(now)
            await self._deletions.sweep()
            self._swept = now

    async def _quietly(self, doing: Awaitable[Any]) -> None:
        try:
            await doing
        except Exception:  # noqa: BLE001 - told in the log with its trace; it looks again in a moment
            _log.exception("housekeeping failed; it is tried again")


def _following(contact: UUID, on_duty: bool | None) -> Step[None]:  # noqa: FBT001 - what the rosters say
    async def handle(work: Work) -> None:
        await follow_roster(contact, on_duty, work)

    return Step(id=None, handle=handle, needs=((Contact, contact),))
