"""Slots that all lanes share: who waits is let in by lane, and routine leaves some slots to the others."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable

from notifier.application.carrier_errors import CarrierError
from notifier.domain.lane import Lane


class Gate:
    """At most `size` are inside, of routine at most `size - reserve`. Who waits enters life-safety first, then
    urgent, then routine, each in its order.
    """

    def __init__(self, size: int, reserve: int) -> None:
        self._size, self._routine = size, max(1, size - reserve)
        self._inside: Counter[Lane] = Counter()
        self._used = 0
        self._waiting: dict[Lane, deque[asyncio.Future[None]]] = {lane: deque() for lane in Lane}
        self._closed: Callable[[], CarrierError] | None = None
        self._empty: asyncio.Event | None = None  # made when somebody waits for the end

    def load(self, lane: Lane) -> int:
        """How many are inside or would enter before a newcomer of this lane."""
        return self._used + sum(len(self._waiting[other]) for other in Lane if other <= lane)

    def enter_now(self, lane: Lane) -> bool:
        """Take a slot if nobody waits for it; `leave` must follow. Raises what `close` was told."""
        self._refuse_when_closed()
        if not self._has_room(lane) or any(queue for other, queue in self._waiting.items() if other <= lane):
            return False
        self._let(lane)
        return True

    async def enter(self, lane: Lane) -> None:
        """Wait for a slot; `leave` must follow. Raises what `close` was told."""
        if self.enter_now(lane):
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[lane].append(waiter)
        try:
            await waiter
            self._refuse_when_closed()
        except (asyncio.CancelledError, CarrierError):
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self.leave(lane)  # let in, and gone before it could use its slot
            raise

    def leave(self, lane: Lane) -> None:
        """Give the slot back."""
        self._inside[lane] -= 1
        self._used -= 1
        for waiting, queue in self._waiting.items():
            if queue:
                self._let_in(waiting, queue)
        self._tell_empty()

    def close(self, why: Callable[[], CarrierError]) -> None:
        """Let nobody in any more: those who wait fail at once with `why`."""
        self._closed = self._closed or why
        for queue in self._waiting.values():
            while queue:
                waiter = queue.popleft()
                if not waiter.done():
                    waiter.set_exception(why())
                    waiter.exception()  # read: an abandoned call must not be reported as never retrieved

    async def empty(self) -> None:
        """Wait until nobody is inside; to be called after `close`."""
        self._empty = asyncio.Event()
        self._tell_empty()
        await self._empty.wait()

    def _refuse_when_closed(self) -> None:
        if self._closed is not None:
            raise self._closed()

    def _has_room(self, lane: Lane) -> bool:
        full = lane is Lane.ROUTINE and self._inside[lane] >= self._routine
        return not full and self._used < self._size

    def _let(self, lane: Lane) -> None:
        self._inside[lane] += 1
        self._used += 1

    def _let_in(self, lane: Lane, queue: deque[asyncio.Future[None]]) -> None:
        while queue and self._has_room(lane):
            waiter = queue.popleft()
            if not waiter.done():
                self._let(lane)
                waiter.set_result(None)

    def _tell_empty(self) -> None:
        if self._empty is not None and not self._used:
            self._empty.set()
