"""The window of a queue: how many messages may be under way, and which numbers are."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shape:
    """How many messages of one queue may be unanswered at a time, and how many workers claim them."""

    window: int = 50
    # While one stores outcomes the others' messages are on the air; of more the batches are too small.
    workers: int = 2

    @property
    def batches(self) -> list[int]:
        """Claimed at a time by each worker: together the window, no slot is left out."""
        workers = min(self.workers, self.window)
        return [(self.window + worker) // workers for worker in range(workers)]


class Slots:
    """A slot is taken from before the claim of a delivery is committed until its outcome is."""

    def __init__(self, window: int) -> None:
        self.free = window
        """Slots that nobody has."""
        # As often as a number is open: one may be given back and claimed again by the other worker before the first
        # has heard that it was.
        self._open: Counter[int] = Counter()

    def __bool__(self) -> bool:
        """Whether something is under way."""
        return bool(self._open)

    @property
    def lowest(self) -> int | None:
        """The lowest number under way."""
        return min(self._open, default=None)

    def take(self, span: range, stored: int) -> None:
        """The numbers of the span may be claimed when so many outcomes are stored; `settle` must follow."""
        self.free -= _more(span, stored)
        self._open.update(span)

    def settle(self, span: range, claimed: Sequence[int], stored: Sequence[int]) -> None:
        """It is committed: of the span these were claimed, and these outcomes are stored."""
        self.free += _more(span, len(stored)) + len(stored) - len(claimed)
        self._close(set(span).difference(claimed))
        self._close(stored)

    def _close(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            if self._open[number] > 1:
                self._open[number] -= 1
            else:
                self._open.pop(number)


def _more(span: range, stored: int) -> int:
    """Slots that a turn may need beyond those that it gives back."""
    return max(0, len(span) - stored)
