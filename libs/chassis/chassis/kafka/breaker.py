"""Stops reading a topic when too many of its events die: then the bug is ours, not in the data."""

from collections import deque
from collections.abc import Callable
from enum import Enum, auto

WINDOW = 60.0  # seconds over which the share is taken
LEAST = 20  # events below which no share means anything
SHARE = 0.5
PAUSE = 30.0  # seconds between probes while open


class State(Enum):
    """Whether events may be consumed."""

    CLOSED = auto()  # as usual
    OPEN = auto()  # not now
    HALF_OPEN = auto()  # one, to see


class Breaker:
    """Counts the events of one subscription and those that died. `now` is monotonic, in seconds."""

    def __init__(
        self, now: Callable[[], float], *, least: int = LEAST, share: float = SHARE, pause: float = PAUSE
    ) -> None:
        self._now = now
        self._least = least
        self._share = share
        self._pause = pause
        self._counts: deque[tuple[float, int, int]] = deque()
        self._opened: float | None = None

    @property
    def state(self) -> State:
        """What is allowed now."""
        if self._opened is None:
            return State.CLOSED
        return State.HALF_OPEN if self._now() - self._opened >= self._pause else State.OPEN

    @property
    def wait(self) -> float:
        """Seconds until the next probe, 0 when it may come now."""
        return 0.0 if self._opened is None else max(0.0, self._opened + self._pause - self._now())

    def note(self, events: int, dead: int) -> bool:
        """Count what came of some events. True when the dead may be buried, False when this is too much to believe.

        A probe's death is believed (it may be the one bad record) and starts the next pause.
        """
        if self.state is State.HALF_OPEN:
            self._opened = self._now() if dead else None
            self._counts.clear()
            return True
        self._counts.append((self._now(), events, dead))
        while self._counts[0][0] < self._now() - WINDOW:
            self._counts.popleft()
        if dead and self._too_many():
            self._opened = self._now()
            return False
        return True

    def _too_many(self) -> bool:
        events = sum(count for _, count, _ in self._counts)
        dead = sum(count for _, _, count in self._counts)
        return events >= self._least and dead > self._share * events
