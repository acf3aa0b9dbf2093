"""Twins: one person's two copies of an alert, one on each channel, sent at once. Neither waits for the other."""

from collections.abc import Collection
from types import MappingProxyType

from notifier.domain.channel import Channel
from notifier.domain.delivery import Next, State
from notifier.domain.lane import Lane

COPY = MappingProxyType({Channel.SMS: 0, Channel.WHATSAPP: 1})
"""Which of the twins goes by a channel. Somebody's only copy is 0, whatever its channel."""

UNREACHED = (State.FAILED, State.DROPPED)
"""How a copy ends that reached nobody."""

STANDING = (
    State.READ,
    State.DELIVERED,
    State.SENT,
    State.UNCLEAR,
    State.SENDING,
    State.PLANNED,
    State.WAITING,
    State.DROPPED,
    State.FAILED,
)
"""The nearest to the person first: of twins the person stands where the better one does."""

NOTHING = Next(State.PLANNED)
"""There is nothing to tell."""


def may_be_twins(lane: Lane, reachable: Collection[Channel]) -> bool:
    """Whether somebody may be told on both channels at once."""
    return lane is Lane.LIFE_SAFETY and set(Channel) <= set(reachable)


def word_of(ended: Next, twin: Next) -> Next:
    """What is told of the person when a copy has ended that reached nobody, and its twin stands as given.

    Whichever ends second tells the end of both. Before that a failure is the channel's only, and nothing is told of a
    copy that was dropped.
    """
    if twin.state in UNREACHED:
        return min(ended, twin, key=lambda end: STANDING.index(end.state))
    return Next(State.PLANNED, ended.reason, reroute=True) if ended.state is State.FAILED else NOTHING
