"""What comes for each of several: most of it at once, what is late by itself."""

import asyncio
from typing import Generic, TypeVar

T = TypeVar("T")

PATIENCE = 0.05
"""Seconds for which all are waited for together: to wake for each of them costs more than to send it. What is later
holds up nobody but itself.
"""


class Coming(Generic[T]):
    """One thing for each of `size` places, in any order."""

    __slots__ = ("_left", "_new", "_together", "_waits")

    def __init__(self, size: int) -> None:
        self._left, self._together = size, True
        self._new: list[tuple[int, T]] = []
        self._waits: asyncio.Future[None] | None = None

    def put(self, place: int, thing: T) -> None:
        """What came for the place; once for each."""
        self._new.append((place, thing))
        self._left -= 1
        if not self._left or not self._together:
            self._wake()

    async def more(self) -> list[tuple[int, T]] | None:
        """What came since the last call, each with its place; None when all was given. The first time it gives what
        came in time, though it be nothing.
        """
        if self._together:
            await self._all_in_time()
        elif self._left and not self._new:
            await self._word()
        elif not self._new:
            return None
        new, self._new = self._new, []
        return new

    async def only(self) -> T:
        """What comes for a place that is the only one."""
        while not self._new:
            await self._word()
        return self._new.pop()[1]

    async def _all_in_time(self) -> None:
        if self._left:
            timer = asyncio.get_running_loop().call_later(PATIENCE, self._wake)
            await self._word()
            timer.cancel()
        self._together = False

    async def _word(self) -> None:
        self._waits = asyncio.get_running_loop().create_future()
        await self._waits

    def _wake(self) -> None:
        if self._waits is not None and not self._waits.done():
            self._waits.set_result(None)
