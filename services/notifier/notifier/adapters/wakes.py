"""Who waits for new rows is told at once: in this process by an event, in others by LISTEN and NOTIFY.

The notification is sent outside of every transaction that works, at most one on its way at a time per word; a worker
looks by itself now and then, so that a lost one costs time and nothing else.
"""

import asyncio
import contextlib
import logging
from typing import Any

import asyncpg

CHANNEL = "notifier_wake"
_log = logging.getLogger(__name__)


class Wakes:
    """Events by word (`plan`, `queue:4`). With a connection, other processes hear them too."""

    def __init__(self) -> None:
        self._events: dict[str, asyncio.Event] = {}
        self._connection: Any = None
        self._pending: set[str] = set()
        self._sending: asyncio.Task[None] | None = None

    def event(self, word: str) -> asyncio.Event:
        """The event to wait for; clear it before looking."""
        return self._events.setdefault(word, asyncio.Event())

    def wake(self, word: str) -> None:
        """Tell those who wait for the word."""
        if (event := self._events.get(word)) is not None:
            event.set()
        if self._connection is not None:
            self._pending.add(word)
            if self._sending is None or self._sending.done():
                self._sending = asyncio.get_running_loop().create_task(self._send())

    async def join(self, connection: Any) -> None:
        """Speak and listen on an own asyncpg connection."""
        await connection.add_listener(CHANNEL, self._hear)
        self._connection = connection

    async def leave(self) -> None:
        """Stop speaking and listening."""
        connection, self._connection = self._connection, None
        if self._sending is not None:
            self._sending.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._sending
        if connection is not None:
            await connection.close()

    async def _send(self) -> None:
        while self._pending and self._connection is not None:
            words, self._pending = self._pending, set()
            try:
                await self._connection.execute(
                    "select pg_notify($1, word) from unnest($2::text[]) word", CHANNEL, list(words)
                )
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                _log.warning("others are not woken: %s", error)
                return

    def _hear(self, _connection: object, pid: int, _channel: str, word: str) -> None:
        """Somebody else speaks; our own words were heard already."""
        own = self._connection is not None and pid == self._connection.get_server_pid()
        if not own and (event := self._events.get(word)) is not None:
            event.set()


def queue_word(queue: int) -> str:
    """The word for news in a queue."""
    return f"queue:{queue}"


PLAN = "plan"
"""The word, before a lane's own, for alerts to expand or call off."""
