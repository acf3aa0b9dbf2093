"""Tells officers what changes at the desk: one look at the board for all who watch, to each what is news to them.

The board is looked at when somebody did something at the desk, and now and then. It is compared with what was told
before: nothing depends on the order in which others commit, and who comes back after a lost connection misses
nothing.
"""

import asyncio
import time
from collections.abc import AsyncGenerator

from notifier.application.desk_views import OPEN, Board, Standing
from notifier.domain.desk import DeskState
from notifier.entrypoints.shared_look import PACE, Pace, SharedLook

WATCH_FOR = 300.0  # seconds: the life of an officer's token


class DeskWatch:
    """Shares looks at the board. `woken` is set when something happened at the desk."""

    def __init__(self, board: Board, woken: asyncio.Event, pace: Pace = PACE) -> None:
        self._look = SharedLook(lambda: board.open(OPEN), woken, pace)

    async def changes(self, watch_for: float = WATCH_FOR) -> AsyncGenerator[list[Standing]]:
        """Give everything that is open, then what is new or stands otherwise, until `watch_for` seconds are over."""
        end = time.monotonic() + watch_for
        told: list[Standing] | None = None
        with self._look.watch() as watcher:
            while (seen := await watcher.next(end - time.monotonic())) is not None:
                yield changed(told or [], seen)
                told = seen


def changed(told: list[Standing], seen: list[Standing]) -> list[Standing]:
    """What stands otherwise than told; who is seen no more is with the bot."""
    known, here = set(told), {one.contact for one in seen}
    gone = [Standing(one.contact, DeskState.BOT) for one in told if one.contact not in here]
    return [one for one in seen if one not in known] + gone
