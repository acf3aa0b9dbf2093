"""Whoever watches an alert is told that something of it has changed, in whatever process it did.

Those who watch say so in all processes, and say it again now and then; those who change an alert that nobody watches
look into an empty table, and tell nobody. A lost word costs time and nothing else: watchers look by themselves too.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from uuid import UUID

from chassis.postgres.outbox import Written
from notifier.adapters.wakes import Wakes

WATCHED, CHANGED = "watched", "changed"
KEPT = 20.0  # seconds that an alert counts as watched after it was last said
TOGETHER = 0.05  # seconds within which changes are told together: a lane stores outcomes a hundred times a second


class AlertNews:
    """Who watches which alert, as far as this process has heard."""

    def __init__(self, wakes: Wakes, now: Callable[[], float] = time.monotonic) -> None:
        self._wakes, self._now = wakes, now
        self._until: dict[UUID, float] = {}
        self._changed: set[UUID] = set()
        wakes.hear(WATCHED, lambda word: self._keep(UUID(word)))

    def watch(self, alert: UUID) -> asyncio.Event:
        """Say everywhere that the alert is watched, for KEPT seconds; gives what is set when it changes."""
        self._wakes.everywhere(f"{WATCHED}:{alert}")
        return self._wakes.event(f"{CHANGED}:{alert}")

    def forget(self, alert: UUID) -> None:
        """Nobody watches it in this process any more."""
        self._wakes.forget(f"{CHANGED}:{alert}")

    def changed(self, alerts: Iterable[UUID]) -> None:
        """Something of these has changed and is committed."""
        if not self._until:
            return
        now = self._now()
        watched = {one for one in self._until.keys() & set(alerts) if self._until[one] > now}
        if watched and not self._changed:
            asyncio.get_running_loop().call_later(TOGETHER, self._tell)
        self._changed |= watched

    def told(self, rows: Iterable[Written]) -> None:
        """These rows of the outbox tell of changes that are committed; each is keyed by its alert."""
        if self._until:
            self.changed(UUID(key.decode()) for _, key, *_ in rows if key is not None)

    def some(self) -> None:
        """Something of some alerts has changed, it is not known of which."""
        self.changed(tuple(self._until))

    def _keep(self, alert: UUID) -> None:
        now = self._now()
        self._until[alert] = now + KEPT
        self._until = {one: until for one, until in self._until.items() if until > now}

    def _tell(self) -> None:
        changed, self._changed = self._changed, set()
        for alert in changed:
            self._wakes.everywhere(f"{CHANGED}:{alert}")
