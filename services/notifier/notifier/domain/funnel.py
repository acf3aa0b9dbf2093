"""How far the people of an alert are, counted."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from notifier.domain.alert import AlertState
from notifier.domain.delivery import State

WAITS = (State.PLANNED, State.SENDING, State.WAITING)
"""States in which a delivery is still to be sent, or its answer to come."""

NO_ADDRESS = "no_address"
"""The reason of those in the audience for whom no delivery is made: nobody knows a phone of theirs."""


@dataclass(frozen=True, slots=True)
class Funnel:
    """Numbers of people. `sent` counts everybody whose message a carrier took, `delivered` those of them whose phone
    has it, `read` those of these who opened it.
    """

    audience: int = 0
    planned: int = 0
    waiting: int = 0
    sent: int = 0
    delivered: int = 0
    read: int = 0
    acknowledged: int = 0
    failed: int = 0
    dropped: int = 0
    unclear: int = 0


def funnel_of(counts: Iterable[tuple[State, int]], *, audience: int | None = None, acknowledged: int = 0) -> Funnel:
    """Count deliveries by their states. `audience`: people of the whole alert; those without a delivery failed."""
    by_state: Counter[State] = Counter()
    for state, count in counts:
        by_state[state] += count
    planned = by_state.total()
    whole = max(planned, audience or 0)
    delivered = by_state[State.DELIVERED] + by_state[State.READ]
    return Funnel(
        audience=whole,
        planned=planned,
        waiting=sum(by_state[state] for state in WAITS),
        sent=by_state[State.SENT] + delivered,
        delivered=delivered,
        read=by_state[State.READ],
        acknowledged=acknowledged,
        failed=by_state[State.FAILED] + whole - planned,
        dropped=by_state[State.DROPPED],
        unclear=by_state[State.UNCLEAR],
    )


def is_running(state: AlertState, expires_at: datetime, waiting: int, now: datetime) -> bool:
    """Whether something of an alert is still to be planned, sent or called off."""
    if state in {AlertState.PLANNING, AlertState.CANCELLING}:
        return True
    return state is AlertState.PLANNED and waiting > 0 and expires_at > now
