"""A clock that a test moves; nothing sleeps."""

import asyncio
from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


class MovableClock:
    """Stands still until moved. `moved` is set by every move; who waits on it clears it first."""

    def __init__(self, now: datetime = START) -> None:
        if now.tzinfo is None:
            raise ValueError("the clock's time must be aware")
        self._now = now
        self.moved = asyncio.Event()

    def now(self) -> datetime:
        """Now, aware, in UTC."""
        return self._now

    def move(self, by: timedelta) -> None:
        """Let time pass. Time never goes back."""
        if by < timedelta(0):
            raise ValueError("time does not go back")
        self._now += by
        self.moved.set()
