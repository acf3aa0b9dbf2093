"""How far an alert is: its copies by state, and whether anything is still expected."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from notifier.domain.delivery import State

AFTER_EXPIRY = timedelta(seconds=60)
"""When an expired alert is taken for done: by then what was unsent is dropped."""

_EXPECTED = (State.PLANNED, State.WAITING, State.SENDING, State.SENT)


@dataclass(frozen=True, slots=True)
class Progress:
    """Copies by state. `planned` counts people without any address as well: they failed without a copy."""

    planned: int
    by_state: Mapping[State, int]

    def count(self, *states: State) -> int:
        """How many stand so."""
        return sum(self.by_state.get(state, 0) for state in states)

    @property
    def failed(self) -> int:
        """Whom no channel reaches."""
        return self.count(State.FAILED) + max(self.planned - sum(self.by_state.values()), 0)

    @property
    def final(self) -> bool:
        """Whether no copy can change any more. One that was sent waits for its receipt."""
        return self.count(*_EXPECTED) == 0


def is_over(expires_at: datetime, now: datetime) -> bool:
    """Whether the alert expired so long ago that nothing is expected of it."""
    return now >= expires_at + AFTER_EXPIRY
