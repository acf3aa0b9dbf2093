"""Follows alerts for those who watch: a snapshot, then what changed.

All who watch an alert share one look, taken when something of it has changed (`followed.py`). Whether somebody may
watch is asked again now and then: a place can be taken away meanwhile.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager
from uuid import UUID

from chassis.kernel.errors import Transient
from notifier.entrypoints.followed import Followed, News, Records, Seen, Sight
from notifier.entrypoints.shared_look import PACE, Pace, Watcher

MOST_PEOPLE = 5000
"""People followed one by one; of an alert to more only the counts are told."""

MOST_WATCHERS = 100
CHECKED = 10.0
"""Seconds after which it is asked again whether somebody may watch."""

May = Callable[[], Awaitable[Collection[str] | None]]


async def _everybody() -> None:
    """Let whoever asks see all."""


class Watches:
    """All that watch in this process."""

    def __init__(self, records: Records, news: News, most: int = MOST_PEOPLE, pace: Pace = PACE) -> None:
        self._records, self._news, self._most, self._pace = records, news, most, pace
        self._watching = 0
        self._followed: dict[UUID, Followed] = {}

    async def follow(self, alert: UUID, may: May = _everybody) -> AsyncGenerator[Seen]:
        """Give looks until whoever asks goes away. Raises Transient when too many watch. The alert is known.

        `may` is asked every CHECKED seconds: it gives the places whose people are told of, None for all, or raises.
        """
        told: int | None = None
        with self._one_more(alert) as followed, followed.look.watch() as watcher:
            async for sight, places in _permitted(watcher, may):
                if sight.standing is None:
                    return
                for seen in followed.tell(sight.standing, told, places):
                    yield seen
                told = sight.number

    @contextmanager
    def _one_more(self, alert: UUID) -> Iterator[Followed]:
        if self._watching >= MOST_WATCHERS:
            raise Transient("too many watch alerts here")
        if (followed := self._followed.get(alert)) is None:
            followed = self._followed[alert] = Followed(alert, self._records, self._news, self._most, self._pace)
        self._watching += 1
        try:
            yield followed
        finally:
            self._watching -= 1
            if not followed.look.watched:
                self._followed.pop(alert)
                self._news.forget(alert)


async def _permitted(watcher: Watcher[Sight], may: May) -> AsyncGenerator[tuple[Sight, Collection[str] | None]]:
    """Give what is seen, and whose people are told of; ask again now and then, whether or not anything changes."""
    clock = asyncio.get_running_loop()
    places, asked = await may(), clock.time()
    while True:
        sight = await watcher.next(CHECKED)
        if clock.time() - asked >= CHECKED:
            places, asked = await may(), clock.time()
        if sight is not None:
            yield sight, places
