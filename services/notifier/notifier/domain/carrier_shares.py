"""How processes share a carrier's rate: by what each has to send now, and how urgent that is."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

from notifier.domain.lane import Lane

WEIGHTS = MappingProxyType({Lane.LIFE_SAFETY: 8.0, Lane.URGENT: 4.0, Lane.ROUTINE: 1.0})
IDLE, ALL_IDLE = 0.05, 0.2
"""Of the rate: what each process without work keeps, so that it can begin at once, and all of them together."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What a process has for the carrier: the most urgent lane that sent or waits; None where nothing does."""

    process: str
    lane: Lane | None


def share_of(process: str, demands: Sequence[Demand], rate: float) -> float:
    """The process's part of the rate, in the rate's unit. All parts together are the rate and no more."""
    idle = [one for one in demands if one.lane is None]
    working = {one.process: WEIGHTS[one.lane] for one in demands if one.lane is not None}
    if not working:
        return rate / max(1, len(idle))
    kept = min(ALL_IDLE, IDLE * len(idle)) * rate
    if process not in working:
        return kept / max(1, len(idle))
    return (rate - kept) * working[process] / sum(working.values())
