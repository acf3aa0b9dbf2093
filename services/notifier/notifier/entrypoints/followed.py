"""One alert, looked at for all who watch it: who is asked, who has answered, who changed since which look.

Each person is kept once, with the number of the look that saw the last change: a watcher is told of those beyond the
last look told. People of places that a watcher does not see are counted and not told of.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple, Protocol
from uuid import UUID

from notifier.entrypoints.shared_look import Pace, SharedLook

PAGE = 500


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

    @property
    def place(self) -> str:
        """Where the person was asked."""

    def told_to(self, shown: Callable[[UUID], bool]) -> "Person":
        """The same for somebody to whom not everybody is shown."""


class Records(Protocol):
    """Reads without locks (`adapters.progress`)."""

    async def standing(self, alert: UUID) -> Standing | None:
        """How far an alert is."""

    async def asked(
        self,
        alert: UUID,
        *,
        acknowledged: bool | None,
        after: UUID | None,
        limit: int,
        places: Collection[str] | None = None,
    ) -> Sequence[Person]:
        """Those asked, page by page; `places`: asked there."""


class News(Protocol):
    """Who changes alerts tells those who watch (`adapters.alert_news`)."""

    def watch(self, alert: UUID) -> asyncio.Event:
        """Say that the alert is watched, for some time; gives what is set when it changes."""

    def forget(self, alert: UUID) -> None:
        """Nobody watches it here any more."""


class Seen(NamedTuple):
    """One look: how the alert stands, the people to tell of, and how many are not told of one by one."""

    standing: Standing
    people: Sequence[Person]
    snapshot: bool
    counts_only: bool
    hidden: int = 0


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
        self._places: Counter[str] = Counter()
        self._changed: Sequence[Person] = ()
        self.look = SharedLook(self._look, news.watch(alert), pace)

    async def _look(self) -> Sight:
        self._news.watch(self._alert)
        standing = await self._records.standing(self._alert)
        if standing is not None and standing.asked <= self._most and (changed := await self._read()):
            self._number += 1
            self._changed = changed
            for one in changed:
                if one.contact not in self._people:
                    self._places[one.place] += 1
                self._people[one.contact] = one, self._number
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

    def _shown(self, people: Sequence[Person], places: Collection[str] | None) -> Sequence[Person]:
        """Those asked at the places, and nobody else with them."""
        if places is None:
            return people
        known = self._people
        return [
            one.told_to(lambda who: who in known and known[who][0].place in places)
            for one in people
            if one.place in places
        ]

    def _hidden(self, places: Collection[str] | None) -> int:
        """How many were asked elsewhere."""
        return 0 if places is None else sum(n for place, n in self._places.items() if place not in places)

    def tell(self, standing: Standing, told: int | None, places: Collection[str] | None) -> list[Seen]:
        """What is news to somebody who was told by look `told`, None: by none; in parts that fit into a message."""
        snapshot, counts_only = told is None, standing.asked > self._most
        people = () if counts_only else self._shown(self._beyond(told or 0), places)
        pages = [people[n : n + PAGE] for n in range(0, len(people), PAGE)] or [()]
        return [Seen(standing, page, snapshot, counts_only, self._hidden(places)) for page in pages]

    def _beyond(self, number: int) -> Sequence[Person]:
        """Those who changed after the look of this number."""
        if number == self._number - 1:
            return self._changed
        return [one for one, changed in self._people.values() if changed > number]
