"""Who waits for new rows is told at once: in this process by an event, in others by LISTEN and NOTIFY.

Others are told only what nobody here waits for (`wake`) or what all must hear (`everywhere`), outside of every
transaction that works, at most one message on its way at a time. The connection is opened again when it is lost, and
everybody looks then; a worker looks by itself now and then as well, so that a lost word costs time and nothing else.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from chassis.kernel.hearing import heard
from chassis.postgres.failures import TROUBLE

CHANNEL = "notifier_wake"
PING = 5.0  # seconds of silence after which the connection is asked whether it lives
FIRST_PAUSE, LONGEST_PAUSE = 0.02, 1.0  # seconds between attempts to open it again
_log = logging.getLogger(__name__)


class Wakes:
    """Events by word (`plan:urgent`, `queue:4`). After `join`, other processes hear them too."""

    def __init__(self) -> None:
        self._events: dict[str, asyncio.Event] = {}
        self._heard: dict[str, Callable[[str], None]] = {}
        self._connection: Any = None
        self._pending: set[str] = set()
        self._speaking = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._sending = False

    @property
    def joined(self) -> bool:
        """Whether others are heard now."""
        return self._connection is not None

    def event(self, word: str) -> asyncio.Event:
        """The event to wait for; clear it before looking."""
        return self._events.setdefault(word, asyncio.Event())

    def forget(self, word: str) -> None:
        """Nobody in this process waits for the word any more."""
        self._events.pop(word, None)

    def wake(self, word: str) -> None:
        """Tell those who wait for the word."""
        if (event := self._events.get(word)) is not None:
            event.set()
        elif self._tasks:
            self._pending.add(word)
            self._speak()

    def everywhere(self, word: str) -> None:
        """Tell those who wait for the word, here and in all other processes."""
        self._tell(word)
        if self._tasks:
            self._pending.add(word)
            self._speak()

    def hear(self, kind: str, take: Callable[[str], None]) -> None:
        """Call `take` with what follows the kind in words like `kind:more`, whoever says them."""
        self._heard[kind] = take

    async def join(self, connect: Callable[[], Awaitable[Any]]) -> None:
        """Speak and listen on connections of our own, from the next moment until `leave`."""
        self._start(self._keep(connect))

    async def leave(self) -> None:
        """Stop speaking and listening."""
        tasks, self._tasks = self._tasks, set()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _keep(self, connect: Callable[[], Awaitable[Any]]) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                connection = await connect()
            except TROUBLE as error:
                _log.warning("other processes are not heard: %s", error)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
                continue
            pause = FIRST_PAUSE
            try:
                await self._live(connection)
            except TROUBLE as error:
                _log.warning("the connection to other processes is lost: %s", error)
            finally:
                self._connection = None
                connection.terminate()

    async def _live(self, connection: Any) -> None:
        """Listen until the connection is lost."""
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _: lost.set())
        await connection.add_listener(CHANNEL, self._hear)
        self._connection = connection
        for event in self._events.values():  # what was said meanwhile is not said again
            event.set()
        self._speak()
        while not lost.is_set():
            if not await heard(lost, PING):
                async with self._speaking:
                    await connection.execute("select 1", timeout=PING)

    def _speak(self) -> None:
        if self._pending and self._connection is not None and not self._sending:
            self._sending = True
            self._start(self._send())

    async def _send(self) -> None:
        words: set[str] = set()
        try:
            while self._pending and self._connection is not None:
                words, self._pending = self._pending, set()
                async with self._speaking:
                    await self._connection.execute(
                        "select pg_notify($1, word) from unnest($2::text[]) word", CHANNEL, list(words)
                    )
        except TROUBLE as error:
            _log.warning("others are not woken: %s", error)
            self._pending |= words  # told when the connection is back
        finally:
            self._sending = False

    def _start(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _hear(self, connection: Any, pid: int, _channel: str, word: str) -> None:
        if pid != connection.get_server_pid():  # what was said here is known here
            self._tell(word)

    def _tell(self, word: str) -> None:
        if (event := self._events.get(word)) is not None:
            event.set()
        kind, _, more = word.partition(":")
        if (take := self._heard.get(kind)) is not None:
            take(more)


def queue_word(queue: int) -> str:
    """The word for news in a queue."""
    return f"queue:{queue}"


DESK = "desk"
"""The word for news at the service desk."""

PLAN = "plan"
"""The word, before a lane's own, for alerts to expand or call off."""
