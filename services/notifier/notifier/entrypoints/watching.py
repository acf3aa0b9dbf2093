"""Follows alerts for those who watch: a snapshot, then what changed.

Nothing queues up for a slow watcher: the next look is taken when the last answer is gone, and tells the difference to
what was told before. What is kept is bounded by MOST_PEOPLE for each of at most MOST_WATCHERS.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import NamedTuple, Protocol
from uuid import UUID

from chassis.kernel.errors import Transient

LOOK = 0.5  # seconds between looks
PAGE = 500
MOST_PEOPLE = 5000
"""People followed one by one; of an alert to more only the counts are told."""

MOST_WATCHERS = 100


class Standing(Protocol):
    """How far an alert is acknowledged."""

    @property
    def state(self) -> str:
        """The alert's state."""

    @property
    def asked(self) -> int:
        """How many people were asked."""

    @property
    def acknowledged(self) -> int:
        """How many answered."""

    @property
    def steps(self) -> int:
        """How many steps of the escalation were taken."""


class Person(Protocol):
    """One person asked; two views of the same person are equal while nothing changed."""

    @property
    def contact(self) -> UUID:
        """Who."""


class Records(Protocol):
    """Reads without locks (`adapters.progress`)."""

    async def standing(self, alert: UUID) -> Standing | None:
        """How far an alert is."""

    async def asked(
        self, alert: UUID, *, acknowledged: bool | None, after: UUID | None, limit: int
    ) -> Sequence[Person]:
        """Those asked, page by page."""


class Seen(NamedTuple):
    """One look: how the alert stands, and the people to tell of."""

    standing: Standing
    people: Sequence[Person]
    snapshot: bool
    counts_only: bool


class Watches:
    """All that watch in this process."""

    def __init__(self, records: Records, look: float = LOOK, most: int = MOST_PEOPLE) -> None:
        self._records, self._look, self._most = records, look, most
        self._watching = 0

    async def follow(self, alert: UUID) -> AsyncGenerator[Seen]:
        """Give looks until whoever asks goes away. Raises Transient when too many watch. The alert is known."""
        if self._watching >= MOST_WATCHERS:
            raise Transient("too many watch alerts here")
        self._watching += 1
        try:
            async with aclosing(self._looks(alert)) as looks:
                async for seen in looks:
                    yield seen
        finally:
            self._watching -= 1

    async def _looks(self, alert: UUID) -> AsyncGenerator[Seen]:
        told: dict[UUID, Person] = {}
        before: Standing | None = None
        while (standing := await self._records.standing(alert)) is not None:
            counts_only = standing.asked > self._most
            changed = [] if counts_only else await self._changed(alert, told)
            if changed or standing != before:
                for page in _pages(changed):
                    yield Seen(standing, page, before is None, counts_only)
            before = standing
            await asyncio.sleep(self._look)

    async def _changed(self, alert: UUID, told: dict[UUID, Person]) -> list[Person]:
        """Those who are not as they were told of; remembers them as they are now."""
        changed: list[Person] = []
        after: UUID | None = None
        while page := await self._records.asked(alert, acknowledged=None, after=after, limit=PAGE):
            changed += [one for one in page if told.get(one.contact) != one]
            after = page[-1].contact
        told.update((one.contact, one) for one in changed)
        return changed


def _pages(people: Sequence[Person]) -> list[Sequence[Person]]:
    """Parts that fit into a message; one without people where there are none."""
    return [people[n : n + PAGE] for n in range(0, len(people), PAGE)] or [()]
