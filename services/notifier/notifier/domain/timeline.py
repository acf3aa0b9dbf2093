"""What happened to somebody's copy of an alert, in the order of time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from notifier.domain.channel import Channel
from notifier.domain.delivery import State

_STANDS = {
    State.PLANNED: "planned",
    State.SENDING: "sending",
    State.FAILED: "failed",
    State.DROPPED: "dropped",
    State.UNCLEAR: "unclear",
    State.WAITING: "waiting",
}


@dataclass(frozen=True, slots=True)
class Copy:
    """A delivery as it stands: `at` is when it came to its state."""

    accepted_at: datetime
    state: State
    channel: Channel
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Taken:
    """A carrier took all its parts by `at`; `arrived_at` is when the last one arrived, None while one has not."""

    carrier: str
    channel: Channel
    at: datetime
    arrived_at: datetime | None


@dataclass(frozen=True, slots=True)
class Step:
    """What happened: planned, sending, sent, delivered, read, acknowledged, waiting, failed, dropped, unclear."""

    at: datetime
    what: str
    channel: Channel | None = None
    carrier: str = ""
    reason: str = ""


def timeline(
    copy: Copy, taken: Iterable[Taken], acknowledged_at: datetime | None = None, twin: Copy | None = None
) -> list[Step]:
    """Everything known of a copy, and of its twin on the other channel where it has one.

    When it was delivered is known only as long as the carrier's receipt says so.
    """
    steps = [Step(copy.accepted_at, "planned")]
    for one in taken:
        steps.append(Step(one.at, "sent", one.channel, one.carrier))
        if one.arrived_at is not None:
            # A receipt may overtake the carrier's answer, which is stored with the next batch.
            steps.append(Step(max(one.at, one.arrived_at), "delivered", one.channel, one.carrier))
    if acknowledged_at is not None:
        steps.append(Step(acknowledged_at, "acknowledged"))
    if twin is None:
        steps += _now(copy, steps)
    else:
        steps += [step for one in (copy, twin) for step in _now(one, [s for s in steps if s.channel is one.channel])]
    return sorted(steps, key=lambda step: step.at)


def _now(copy: Copy, steps: list[Step]) -> list[Step]:
    """The state it is in, where no other step tells of it."""
    if copy.state is State.READ:
        return [Step(copy.at, "read", copy.channel)]
    if copy.state is State.DELIVERED:
        told = any(step.what == "delivered" for step in steps)
        return [] if told else [Step(copy.at, "delivered", copy.channel)]
    if copy.state is State.SENT or (copy.state is State.PLANNED and not copy.reason):
        return []
    what = "waiting" if copy.state is State.PLANNED else _STANDS[copy.state]
    return [Step(copy.at, what, copy.channel, reason=copy.reason)]
