"""Follows alerts for those who watch: a snapshot, then what changed.

All who watch an alert share one look, taken when something of it has changed. Each person is kept once for all of
them, with the number of the look that saw the last change: a watcher is told of those beyond the last look told.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import NamedTuple, Protocol
from uuid import UUID

from chassis.kernel.errors import Transient
from notifier.entrypoints.shared_look import PACE, Pace, SharedLook

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


class News(Protocol):
    """Who changes alerts tells those who watch (`adapters.alert_news`)."""

    def watch(self, alert: UUID) -> asyncio.Event:
        """Say that the alert is watched, for some time; gives what is set when it changes."""

    def forget(self, alert: UUID) -> None:
        """Nobody watches it here any more."""


class Seen(NamedTuple):
    """One look: how the alert stands, and the people to tell of."""

    standing: Standing
    people: Sequence[Person]
    snapshot: bool
    counts_only: bool


class Sight(NamedTuple):
    """How an alert stands, None when it is gone; `number` of the last look that saw people change."""

    standing: Standing | None
    number: int


class Followed:
    """One alert, looked at for all who watch it."""

    def __init__(self, alert: UUID, records: Records, news: News, most: int, pace: Pace) -> None:
        self._alert, self._records, self._news, self._most = alert, records, news, most
        self._number = 0
        self._people: dict[UUID, tuple[Person, int]] = {}
        self._changed: Sequence[Person] = ()
        self.look = SharedLook(self._look, news.watch(alert), pace)

    async def _look(self) -> Sight:
        self._news.watch(self._alert)
        standing = await self._records.standing(self._alert)
        if standing is not None and standing.asked <= self._most and (changed := await self._read()):
            self._number += 1
            self._changed = changed
            self._people.update((one.contact, (one, self._number)) for one in changed)
        return Sight(standing, self._number)

    async def _read(self) -> list[Person]:
        """Those who are not as they were."""
        changed: list[Person] = []
        after: UUID | None = None
        while page := await self._records.asked(self._alert, acknowledged=None, after=after, limit=PAGE):
            changed += [one for one in page if self._people.get(one.contact, (None, 0))[0] != one]
            after = page[-1].contact
            if len(page) < PAGE:
                break
        return changed

    def beyond(self, number: int) -> Sequence[Person]:
        """Those who changed after the look of this number."""
        if number == self._number - 1:
            return self._changed
        return [one for one, changed in self._people.values() if changed > number]


class Watches:
    """All that watch in this process."""

    def __init__(self, records: Records, news: News, most: int = MOST_PEOPLE, pace: Pace = PACE) -> None:
        self._records, self._news, self._most, self._pace = records, news, most, pace
        self._watching = 0
        self._followed: dict[UUID, Followed] = {}

    async def follow(self, alert: UUID) -> AsyncGenerator[Seen]:
        """Give looks until whoever asks goes away. Raises Transient when too many watch. The alert is known."""
        if self._watching >= MOST_WATCHERS:
            raise Transient("too many watch alerts here")
        if (followed := self._followed.get(alert)) is None:
            followed = self._followed[alert] = Followed(alert, self._records, self._news, self._most, self._pace)
        self._watching += 1
        told: int | None = None
        try:
            with followed.look.watch() as watcher:
                while (sight := await watcher.next()) and sight.standing is not None:
                    people, snapshot, told = followed.beyond(told or 0), told is None, sight.number
                    counts_only = sight.standing.asked > self._most
                    for page in _pages(() if counts_only else people):
                        yield Seen(sight.standing, page, snapshot, counts_only)
        finally:
            self._watching -= 1
            if not followed.look.watched:
                self._followed.pop(alert)
                self._news.forget(alert)


def _pages(people: Sequence[Person]) -> list[Sequence[Person]]:
    """Parts that fit into a message; one without people where there are none."""
    return [people[n : n + PAGE] for n in range(0, len(people), PAGE)] or [()]
