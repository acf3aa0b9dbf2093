"""Tells officers what changes at the desk: one look at the board for all who watch, to each what is news to them.

The board is compared with what was told before: nothing depends on the order in which others commit, and who comes
back after a lost connection misses nothing.
"""

import asyncio
import time
from collections.abc import AsyncIterator

from notifier.application.desk_views import OPEN, Board, Standing
from notifier.domain.desk import DeskState

EVERY = 0.3  # seconds between looks: an officer's page is at most so much behind
WATCH_FOR = 300.0  # seconds: the life of an officer's token


class DeskWatch:
    """Shares looks at the board."""

    def __init__(self, board: Board, every: float = EVERY) -> None:
        self._board, self._every = board, every
        self._looking = asyncio.Lock()
        self._looked: float | None = None
        self._seen: list[Standing] = []

    async def changes(self, watch_for: float = WATCH_FOR) -> AsyncIterator[list[Standing]]:
        """Give everything that is open, then what is new or stands otherwise, until `watch_for` seconds are over."""
        end = time.monotonic() + watch_for
        told: list[Standing] = []
        first = True
        while time.monotonic() < end:
            seen = await self._look()
            news = changed(told, seen)
            if news or first:
                yield news
            told, first = seen, False
            await asyncio.sleep(self._every)

    async def _look(self) -> list[Standing]:
        async with self._looking:
            if self._looked is None or time.monotonic() - self._looked >= self._every:
                self._seen = await self._board.open(OPEN)
                self._looked = time.monotonic()
            return self._seen


def changed(told: list[Standing], seen: list[Standing]) -> list[Standing]:
    """What stands otherwise than told; who is seen no more is with the bot."""
    known, here = set(told), {one.contact for one in seen}
    gone = [Standing(one.contact, DeskState.BOT) for one in told if one.contact not in here]
    return [one for one in seen if one not in known] + gone
