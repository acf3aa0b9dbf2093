"""Tells the service what it is owed: in order per lane, again and again until it is taken."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from handset.messages import Owed

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 4.0
"""Seconds between two tries; they double in between."""
WINDOW = 20
"""Lanes that may be sending at one moment."""


class Lanes:
    """One lane after another message of the same phone; many phones at once."""

    def __init__(self, deliver: Callable[[Owed], Awaitable[bool]], settle: Callable[[Owed], None]) -> None:
        self._deliver = deliver
        self._settle = settle
        self._waiting: dict[str, deque[Owed]] = {}
        self._walks: set[asyncio.Task[None]] = set()
        self._window = asyncio.Semaphore(WINDOW)
        self._nudge = asyncio.Event()

    def put(self, owed: Owed, lane: str | None = None, delay: float = 0.0) -> None:
        """Send this after what waits in its lane (by default the phone's)."""
        name = lane or owed.phone
        queue = self._waiting.get(name)
        if queue is not None:
            queue.append(owed)
            return
        self._waiting[name] = deque([owed])
        walk = asyncio.create_task(self._walk(name, delay))
        self._walks.add(walk)
        walk.add_done_callback(self._walks.discard)

    def nudge(self) -> None:
        """Try again now: the service is back."""
        self._nudge.set()
        self._nudge = asyncio.Event()

    async def _walk(self, name: str, delay: float) -> None:
        await asyncio.sleep(delay)
        queue = self._waiting[name]
        while queue:
            await self._until_taken(queue[0])
            queue.popleft()
        del self._waiting[name]

    async def _until_taken(self, owed: Owed) -> None:
        pause = FIRST_PAUSE
        while not await self._try(owed):
            await self._pause(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
        self._settle(owed)

    async def _try(self, owed: Owed) -> bool:
        async with self._window:
            return await self._deliver(owed)

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._nudge.wait()
        except TimeoutError:
            return

    async def clear(self) -> None:
        """Give up everything that waits."""
        for walk in tuple(self._walks):
            walk.cancel()
        await asyncio.gather(*self._walks, return_exceptions=True)
        self._waiting.clear()
