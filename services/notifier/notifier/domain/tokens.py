"""How many messages a second may go to one carrier.

A bucket that fills evenly and holds little, so that what waited does not come in a heap; it is deep enough that a
process busy for a moment gives nothing away. And beside it a memory of the last second: whatever the bucket holds, no
second sees more than the rate and a twenty-fifth, for carriers count by bucket or by second.
"""

import math
from collections import deque
from dataclasses import dataclass, field

DEPTH = 0.08
"""Seconds of the rate that the bucket holds; carriers hold a tenth and more."""

STRICT = 0.96
"""Of a second: so long no more than a second's tokens are spent. Of a whole one each token that came late would make
those of all seconds after it late, and a fiftieth of the rate would be lost.
"""

_MOMENT = 1e-9  # what times may be off by as fractions


@dataclass(slots=True)
class Tokens:
    """`rate` tokens a second, above 0. Times are monotonic, in seconds, and never go back."""

    rate: float
    _left: float = field(init=False)
    _at: float | None = None
    _spent: deque[tuple[float, int]] = field(default_factory=deque)  # when, how many: of the last second
    _recent: int = 0

    def __post_init__(self) -> None:
        self._left = self._most

    @property
    def _most(self) -> float:
        return max(1.0, self.rate * DEPTH)

    @property
    def _whole(self) -> int:
        """Tokens of a second; of the first longer time that gives whole ones."""
        return max(1, math.ceil(self.rate))

    @property
    def _second(self) -> float:
        """How long at least `_whole` tokens take."""
        return STRICT * self._whole / self.rate

    def wait(self, cost: int, now: float) -> float:
        """Seconds until `cost` tokens may be spent; 0: now.

        More than the bucket holds is paid when it is full: the debt is worked off before the next.
        """
        self._fill(now)
        missing = min(cost, self._most) - self._left
        wait = max(missing / self.rate, self._until_the_second_has_room(cost, now))
        return wait if wait > _MOMENT else 0.0

    def ahead(self, cost: int, now: float) -> float:
        """Seconds until `cost` tokens are there, those of all who go before included."""
        self._fill(now)
        return max(0.0, (cost - self._left) / self.rate)

    def spend(self, cost: int, now: float) -> None:
        """Take them; `wait` said 0."""
        self._fill(now)
        self._left -= cost
        self._spent.append((now, cost))
        self._recent += cost

    def change(self, rate: float, now: float) -> None:
        """So many a second from now on."""
        self._fill(now)
        self.rate = rate
        self._left = min(self._left, self._most)

    def _fill(self, now: float) -> None:
        if self._at is not None:
            self._left = min(self._most, self._left + (now - self._at) * self.rate)
        self._at = now
        while self._spent and now - self._spent[0][0] >= self._second - _MOMENT:
            self._recent -= self._spent.popleft()[1]

    def _until_the_second_has_room(self, cost: int, now: float) -> float:
        over = self._recent + cost - self._whole
        if over <= 0 or not self._spent:
            return 0.0
        leaving = self._spent[-1][0]
        for at, spent in self._spent:
            over -= spent
            if over <= 0:
                leaving = at
                break
        return leaving + self._second - now
