"""Tells whoever listens (pages, waiting tests) what just changed."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

Change = tuple[str, dict[str, Any]]
"""What kind of change (message, changed, faults, reset, links) and its data."""
BACKLOG = 5000
"""Changes kept for a listener that does not read; beyond it the listener is let go and must start over."""


class Listener:
    """One who listens."""

    def __init__(self) -> None:
        self._changes: asyncio.Queue[Change | None] = asyncio.Queue()

    def tell(self, change: Change | None) -> bool:
        """Give a change, None when there will be no more. False: too far behind."""
        if self._changes.qsize() >= BACKLOG:
            self._changes.put_nowait(None)
            return False
        self._changes.put_nowait(change)
        return True

    async def next(self, within: float | None = None) -> Change | None:
        """Wait for the next change; None: there will be no more. Raises TimeoutError after `within` seconds."""
        async with asyncio.timeout(within):
            return await self._changes.get()


class Stream:
    """Hands every change to every listener."""

    def __init__(self) -> None:
        self._listeners: set[Listener] = set()

    def publish(self, kind: str, data: dict[str, Any]) -> None:
        """Tell all listeners."""
        for listener in tuple(self._listeners):
            if not listener.tell((kind, data)):
                self._listeners.discard(listener)

    def close(self) -> None:
        """Tell all listeners that there will be no more."""
        for listener in self._listeners:
            listener.tell(None)
        self._listeners.clear()

    @contextmanager
    def listen(self) -> Iterator[Listener]:
        """Listen while in this block."""
        listener = Listener()
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)
