"""A carrier's tokens: so many messages (SMS: parts) a second and no more, given out by lane.

One bucket for all links and lanes of a carrier. Who waits goes by lane, life-safety first; the bucket holds a
twentieth of a second, so that no second sees more than its rate and that twentieth.
"""

import asyncio
from collections import deque
from typing import NamedTuple

from notifier.application.carriers import CarrierDown
from notifier.domain.lane import Lane

BURST = 0.05  # seconds


class _Waiting(NamedTuple):
    future: asyncio.Future[None]
    cost: int


class Pacer:
    """`rate` tokens a second; 0: no limit."""

    def __init__(self, rate: float) -> None:
        self._rate, self._most = rate, max(1.0, rate * BURST)
        self._tokens = self._most
        self._asked: set[Lane] = set()
        self._at: float | None = None
        self._waiting: dict[Lane, deque[_Waiting]] = {lane: deque() for lane in Lane}
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False

    def wait(self, lane: Lane, cost: int = 1) -> float:
        """Seconds that a newcomer of this lane would wait."""
        if not self._rate:
            return 0.0
        self._fill()
        before = sum(one.cost for other in Lane if other <= lane for one in self._waiting[other])
        return max(0.0, (before + cost - self._tokens) / self._rate)

    async def take(self, lane: Lane, cost: int = 1) -> None:
        """Wait for `cost` tokens. Raises CarrierDown once closed."""
        if not self._rate:
            return
        if self._closed:
            raise CarrierDown("stopped")
        self._asked.add(lane)
        self._fill()
        if self._affords(cost) and not any(self._waiting[other] for other in Lane if other <= lane):
            self._tokens -= cost
            return
        waiting = _Waiting(asyncio.get_running_loop().create_future(), cost)
        self._waiting[lane].append(waiting)
        self._set_timer()
        await waiting.future

    def demand(self) -> Lane | None:
        """The most urgent lane that asked since the last call, or waits."""
        waiting = {lane for lane, queue in self._waiting.items() if queue}
        asked, self._asked = self._asked | waiting, set()
        return min(asked, default=None)

    def change(self, rate: float) -> None:
        """Give out so many a second from now on; a pacer without a limit stays without."""
        if not self._rate or rate == self._rate:
            return
        self._fill()
        self._rate, self._most = rate, max(1.0, rate * BURST)
        self._tokens = min(self._tokens, self._most)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._set_timer()

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

    def _affords(self, cost: int) -> bool:
        """More than the bucket holds is paid when it is full: the debt is worked off before the next."""
        return self._tokens >= min(cost, self._most)

    def _fill(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._at is not None:
            self._tokens = min(self._most, self._tokens + (now - self._at) * self._rate)
        self._at = now

    def _first(self) -> deque[_Waiting] | None:
        for queue in self._waiting.values():
            while queue and queue[0].future.done():  # gone
                queue.popleft()
            if queue:
                return queue
        return None

    def _let_through(self) -> None:
        self._timer = None
        self._fill()
        while (queue := self._first()) is not None and self._affords(queue[0].cost):
            waiting = queue.popleft()
            self._tokens -= waiting.cost
            waiting.future.set_result(None)
        self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is None and (queue := self._first()) is not None:
            missing = min(queue[0].cost, self._most) - self._tokens
            self._timer = asyncio.get_running_loop().call_later(max(0.0, missing / self._rate), self._let_through)


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
