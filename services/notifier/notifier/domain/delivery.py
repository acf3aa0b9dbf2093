"""One contact's copy of an alert: its states, and what happens after each try."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum

from notifier.domain.channel import Channel, other
from notifier.domain.lane import Lane

MOST_TRIES = 12
"""Tries on one channel before it counts as failed: with the back-off below about an hour."""

_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=1), timedelta(minutes=10)


class State(IntEnum):
    """Where a delivery stands; stored by number."""

    PLANNED = 0
    SENDING = 1
    SENT = 2
    DELIVERED = 3
    READ = 4
    FAILED = 5
    DROPPED = 6
    UNCLEAR = 7
    WAITING = 8


UNSENT = (State.PLANNED, State.WAITING)
"""What a cancellation still reaches."""


@dataclass(frozen=True, slots=True)
class Next:
    """What becomes of a delivery after a try. `wait` is set with WAITING; `reroute` moves it to the other channel."""

    state: State
    reason: str = ""
    wait: timedelta | None = None
    reroute: bool = False


def first_channel(asked: Channel | None, preferred: Channel, reachable: Collection[Channel]) -> Channel | None:
    """The channel to begin with; None where the person has none."""
    wanted = asked or preferred
    if wanted in reachable:
        return wanted
    return other(wanted) if other(wanted) in reachable else None


def has_other(channel: Channel, tried: Collection[Channel], reachable: Collection[Channel]) -> bool:
    """Whether the person has the other channel, and was not tried there."""
    spare = other(channel)
    return spare in reachable and spare not in tried


def after_failure(reason: str, channel: Channel, tried: Collection[Channel], reachable: Collection[Channel]) -> Next:
    """The channel failed for good: the other one, unless it failed before or is not there."""
    if has_other(channel, tried, reachable):
        return Next(State.PLANNED, reason, reroute=True)
    return Next(State.FAILED, reason)


def after_delay(reason: str, tries: int, retry_after: timedelta | None = None) -> Next | None:
    """Try the same channel again later; None when it was tried often enough. `tries` counts this one."""
    if tries >= MOST_TRIES:
        return None
    return Next(State.WAITING, reason, wait=pause_after(tries) if retry_after is None else retry_after)


def after_doubt(reason: str, lane: Lane, tries: int) -> Next | None:
    """It may have been sent: urgent ones go again, routine is held for an operator to see."""
    if not lane.sends_again_when_unclear:
        return Next(State.UNCLEAR, reason)
    return after_delay(reason, tries)


def pause_after(tries: int) -> timedelta:
    """Doubling from a second to ten minutes."""
    doubled: int = 1 << min(tries - 1, 16)
    return min(_FIRST_PAUSE * doubled, _LONGEST_PAUSE)


def advances(now: State, said: State) -> bool:
    """Whether a receipt's word is news: it never leads back from read to delivered."""
    order = {State.SENDING: 1, State.UNCLEAR: 1, State.SENT: 2, State.DELIVERED: 3, State.READ: 4}
    return order.get(said, 0) > order.get(now, 9)
