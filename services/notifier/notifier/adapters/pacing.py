"""A carrier's tokens: so many messages (SMS: parts) a second and no more, given out by lane, life-safety first.

One bucket for all links and lanes of a carrier.
"""

import asyncio
import time
from collections import deque
from typing import NamedTuple

from notifier.application.carrier_errors import CarrierDown
from notifier.domain.lane import Lane
from notifier.domain.tokens import Tokens


class _Waiting(NamedTuple):
    future: asyncio.Future[None]
    cost: int


class Pacer:
    """`rate` tokens a second; 0: no limit."""

    def __init__(self, rate: float) -> None:
        self._tokens = Tokens(rate) if rate else None
        self._asked: set[Lane] = set()
        self._waiting: dict[Lane, deque[_Waiting]] = {lane: deque() for lane in Lane}
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False

    def wait(self, lane: Lane, cost: int = 1) -> float:
        """Seconds that a newcomer of this lane would wait."""
        if self._tokens is None:
            return 0.0
        before = sum(one.cost for other in Lane if other <= lane for one in self._waiting[other])
        return self._tokens.ahead(before + cost, time.monotonic())

    async def take(self, lane: Lane, cost: int = 1) -> None:
        """Wait for `cost` tokens. Raises CarrierDown once closed."""
        if self._tokens is None:
            return
        if self._closed:
            raise CarrierDown("stopped")
        self._asked.add(lane)
        now = time.monotonic()
        if not any(self._waiting[other] for other in Lane if other <= lane) and not self._tokens.wait(cost, now):
            self._tokens.spend(cost, now)
            return
        waiting = _Waiting(asyncio.get_running_loop().create_future(), cost)
        self._waiting[lane].append(waiting)
        if self._timer is None:
            self._let_through(self._tokens)
        await waiting.future

    def demand(self) -> Lane | None:
        """The most urgent lane that asked since the last call, or waits."""
        waiting = {lane for lane, queue in self._waiting.items() if queue}
        asked, self._asked = self._asked | waiting, set()
        return min(asked, default=None)

    def change(self, rate: float) -> None:
        """Give out so many a second from now on; a pacer without a limit stays without."""
        if self._tokens is None or rate == self._tokens.rate:
            return
        self._tokens.change(rate, time.monotonic())
        if self._timer is not None:
            self._timer.cancel()
        self._let_through(self._tokens)

    def close(self) -> None:
        """Let nobody through any more: what waits was certainly not sent."""
        self._closed = True
        for queue in self._waiting.values():
            while queue:
                future = queue.popleft().future
                if not future.done():
                    future.set_exception(CarrierDown("stopped"))
                    future.exception()  # read: an abandoned call must not be reported as never retrieved
        if self._timer is not None:
            self._timer.cancel()

    def _first(self) -> deque[_Waiting] | None:
        for queue in self._waiting.values():
            while queue and queue[0].future.done():  # gone
                queue.popleft()
            if queue:
                return queue
        return None

    def _let_through(self, tokens: Tokens) -> None:
        """Let go who may; come again when the next one may."""
        self._timer = None
        now = time.monotonic()
        while (queue := self._first()) is not None:
            if wait := tokens.wait(queue[0].cost, now):
                self._timer = asyncio.get_running_loop().call_later(wait, self._let_through, tokens)
                return
            waiting = queue.popleft()
            tokens.spend(waiting.cost, now)
            waiting.future.set_result(None)


class PairPace:
    """So many messages to one person: `burst` at once, then one every `seconds`. 0: no limit."""

    def __init__(self, burst: int, seconds: float, remembered: int = 10_000) -> None:
        self._burst, self._seconds, self._remembered = burst, seconds, remembered
        self._free_at: dict[str, float] = {}  # when the person's bucket is full again, oldest first

    @property
    def limited(self) -> bool:
        """Whether it holds anybody at all."""
        return bool(self._burst)

    def wait(self, to: str, now: float) -> float:
        """Seconds until this person may be written to; taken for granted when it is 0."""
        if not self._burst:
            return 0.0
        full_at = max(self._free_at.pop(to, now), now)
        ahead = full_at + self._seconds - now - self._burst * self._seconds
        if ahead > 0:
            self._free_at[to] = full_at
            return ahead
        self._free_at[to] = full_at + self._seconds
        if len(self._free_at) > self._remembered:
            self._free_at.pop(next(iter(self._free_at)))
        return 0.0
