"""The window: at most so many requests without an answer on one link; the rest waits its turn, in order."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from notifier.application.carriers import CarrierDown, CarrierError, TryLater

Answer = tuple[int, str]  # status, message id


class Window:
    """Slots and those who wait for one. A slot is free again when the carrier answered or its time is over, not when
    the caller lost interest: an abandoned message is still on its way.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._granted = 0  # woken, not yet sending
        self._in_flight: dict[int, tuple[asyncio.Future[Answer], float]] = {}  # oldest first
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._closed: Callable[[], CarrierError] | None = None
        self._idle: asyncio.Event | None = None  # made when somebody waits for the end

    def __len__(self) -> int:
        """How many are in flight or wait."""
        return len(self._in_flight) + self._granted + len(self._waiting)

    async def drained(self) -> None:
        """Wait until nothing is in flight; to be called after `close`."""
        self._idle = asyncio.Event()
        self._tell_idle()
        await self._idle.wait()

    async def turn(self) -> None:
        """Wait for a slot; `begin` must follow at once. Raises what `close` was told."""
        if self._closed is not None:
            raise self._closed()
        if len(self._in_flight) + self._granted < self._size and not self._waiting:
            return
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self._granted -= 1
                self._grant()
            raise
        self._granted -= 1
        if self._closed is not None:
            raise self._closed()

    def begin(self, sequence: int, deadline: float) -> asyncio.Future[Answer]:
        """Take the slot; the future gets the answer."""
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._in_flight[sequence] = (future, deadline)
        return future

    def answer(self, sequence: int, answer: Answer) -> bool:
        """Give a slot's answer; False where nobody waits for it (too late, or never asked)."""
        found = self._in_flight.pop(sequence, None)
        if found is None:
            return False
        if not found[0].done():
            found[0].set_result(answer)
        self._grant()
        return True

    def expire(self, now: float) -> int:
        """Fail what was not answered in time; how many."""
        late = list(self._late(now))
        for sequence in late:
            future, _ = self._in_flight.pop(sequence)
            _fail(future, TryLater("response_timeout", ambiguous=True))
        self._grant()
        return len(late)

    def close(self, why: Callable[[], CarrierError]) -> None:
        """Let nobody in any more; those who wait fail at once with `why`, those in flight may be answered still."""
        self._closed = self._closed or why
        while self._waiting:
            _fail(self._waiting.popleft(), why())

    def lose(self, reason: str) -> None:
        """The link is gone: everything fails at once. What was in flight may have been sent."""
        self.close(lambda: CarrierDown(reason))
        for future, _ in self._in_flight.values():
            _fail(future, TryLater(reason, ambiguous=True))
        self._in_flight.clear()
        self._tell_idle()

    def _tell_idle(self) -> None:
        if self._idle is not None and not self._in_flight and not self._granted:
            self._idle.set()

    def _late(self, now: float) -> Iterator[int]:
        for sequence, (_, deadline) in self._in_flight.items():
            if deadline > now:
                return
            yield sequence

    def _grant(self) -> None:
        self._tell_idle()
        while self._waiting and len(self._in_flight) + self._granted < self._size:
            waiter = self._waiting.popleft()
            if not waiter.done():
                self._granted += 1
                waiter.set_result(None)


def _fail(future: asyncio.Future[Any], error: CarrierError) -> None:
    if not future.done():
        future.set_exception(error)
        future.exception()  # read: an abandoned call must not be reported as never retrieved
