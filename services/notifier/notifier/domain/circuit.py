"""Whether a carrier is given messages: not while it asked for rest, and not after failing again and again.

States as in M. Nygard, "Release It!": closed while all is well, open after so many failures in a row, half open when
its rest is over: then one message tries it, and the rest doubles when that fails too.
"""

from collections.abc import Callable
from dataclasses import dataclass

MOST_FAILURES = 5
FIRST_REST, LONGEST_REST = 1.0, 60.0


@dataclass(slots=True)
class Circuit:
    """One carrier's. `now` is monotonic, in seconds."""

    now: Callable[[], float]
    rests_until: float = 0.0
    _failures: int = 0
    _rest: float = FIRST_REST
    _probing: bool = False

    @property
    def allows(self) -> bool:
        """Whether a message may be handed over now."""
        return self.now() >= self.rests_until and not self._probing

    @property
    def left(self) -> float:
        """Seconds of rest that are left."""
        return max(0.0, self.rests_until - self.now())

    @property
    def is_open(self) -> bool:
        """Whether it failed so often that only one message at a time tries it."""
        return self._failures >= MOST_FAILURES

    def begin(self) -> None:
        """A message is handed over; the one that tries a failed carrier goes alone."""
        self._probing = self.is_open

    def end(self) -> None:
        """It came back without a word about the carrier."""
        self._probing = False

    def well(self) -> None:
        """The carrier answered as it should."""
        self._failures, self._rest, self._probing = 0, FIRST_REST, False

    def failed(self) -> None:
        """The carrier did not do what it is for."""
        self._probing = False
        if self.left:
            return  # what was under way when it broke says nothing new
        self._failures += 1
        if self.is_open:
            self.rests_until = self.now() + self._rest
            self._rest = min(2 * self._rest, LONGEST_REST)

    def asked_for_rest(self, seconds: float) -> None:
        """The carrier itself says for how long to send nothing."""
        self._probing = False
        self.rests_until = max(self.rests_until, self.now() + seconds)
