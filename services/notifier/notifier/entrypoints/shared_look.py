"""One look for all who watch the same: taken when it is woken, by itself now and then, and never too often.

It is taken only while somebody watches. Nothing queues up for a slow watcher, who gets the newest sight.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

from chassis.kernel.hearing import heard

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between two looks: `rest` at least, `share` times as long as the last one took, `slow` at most."""

    rest: float = 0.2
    slow: float = 5.0
    share: float = 4.0


PACE = Pace()


class SharedLook(Generic[T]):
    """Looks on behalf of all; two sights are equal while nothing changed."""

    def __init__(self, look: Callable[[], Awaitable[T]], woken: asyncio.Event, pace: Pace = PACE) -> None:
        self._look, self._woken, self._pace = look, woken, pace
        self._watchers = 0
        self._looking: asyncio.Task[None] | None = None
        self._failure: Exception | None = None
        self._sights: tuple[T, ...] = ()  # the last one, or none yet
        self._news = asyncio.Event()

    @property
    def watched(self) -> bool:
        """Whether somebody watches."""
        return self._watchers > 0

    @contextmanager
    def watch(self) -> Iterator["Watcher[T]"]:
        """Watch until the end of the context."""
        self._watchers += 1
        if self._looking is None or self._failure is not None:
            self._sights, self._failure = (), None
            self._looking = asyncio.get_running_loop().create_task(self._keep_looking())
        else:
            self._woken.set()  # what is known may be some seconds old
        try:
            yield Watcher(self)
        finally:
            self._watchers -= 1
            if not self._watchers and self._looking is not None:
                self._looking.cancel()
                self._looking = None

    async def beyond(self, seen: tuple[T, ...]) -> tuple[T, ...]:
        """Wait for another sight than `seen`. Raises what a look raised."""
        while self._failure is None and self._sights == seen:
            await self._news.wait()
        if self._failure is not None:
            raise self._failure
        return self._sights

    async def _keep_looking(self) -> None:
        clock = asyncio.get_running_loop()
        while True:
            self._woken.clear()
            began = clock.time()
            try:
                self._show((await self._look(),))
            except Exception as failure:  # noqa: BLE001 - raised again where somebody watches
                self._failure = failure
                self._show(self._sights)
                return
            await asyncio.sleep(max(self._pace.rest, self._pace.share * (clock.time() - began)))
            await heard(self._woken, self._pace.slow)

    def _show(self, sights: tuple[T, ...]) -> None:
        self._sights = sights
        self._news.set()
        self._news = asyncio.Event()


class Watcher(Generic[T]):
    """One of those who watch."""

    def __init__(self, look: SharedLook[T]) -> None:
        self._look = look
        self._seen: tuple[T, ...] = ()

    async def next(self, within: float | None = None) -> T | None:
        """Give the newest sight that is not the last one given; None when `within` seconds are over."""
        limit = asyncio.timeout(within)
        try:
            async with limit:
                self._seen = await self._look.beyond(self._seen)
        except TimeoutError:
            if limit.expired():
                return None
            raise  # it is the look's
        return self._seen[0]
