"""What follows from a carrier's answer: for the delivery, and for the carrier."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from notifier.application.carrier_errors import (
    CarrierDown,
    CarrierError,
    ChannelStopped,
    Scope,
    Throttled,
    TryLater,
)
from notifier.application.carriers import Answer, Carrier
from notifier.application.outgoing import Accepted, Outgoing, TemplateMessage
from notifier.application.ports import Claimed, Outcome, Told
from notifier.domain.channel import Channel, reachable_by
from notifier.domain.delivery import Next, State, after_delay, after_doubt, after_failure, has_other
from notifier.domain.lane import Lane

STOPPED_FOR = timedelta(seconds=30)
"""How long a channel whose account is refused is left alone before it is asked again."""

SENT = Next(State.SENT)
GIVEN_BACK = Next(State.PLANNED, "")
"""Certainly not sent: its turn comes again as soon as the carrier is back."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Times:
    """Clocks of the region pack."""

    whatsapp_window: timedelta
    second_channel: timedelta


class Tried(NamedTuple):
    """The outcome of a try; `pause` says how long the whole carrier must be left alone."""

    outcome: Outcome
    pause: timedelta | None = None


def reachable(claimed: Claimed) -> frozenset[Channel]:
    """The channels this person has."""
    return reachable_by(phone=bool(claimed.phone), whatsapp=bool(claimed.whatsapp_id))


def _as_planned(claimed: Claimed) -> bool:
    """Whether this is what planning foresaw, and counted, for somebody with whom there was no conversation."""
    by_other_channel = claimed.tried and not claimed.is_twin
    return claimed.whatsapp_at is None and not claimed.tries and not by_other_channel


def _speaks_beside_the_plan(outgoing: Outgoing, claimed: Claimed) -> bool:
    """Whether it is a template for which planning took no place in the account's tier."""
    return isinstance(outgoing.content, TemplateMessage) and not _as_planned(claimed)


def _needs_both(claimed: Claimed, told: Told, channel: Channel) -> bool:
    """Life-safety goes the other way too, once, when no receipt tells in time that it arrived."""
    return told.lane is Lane.LIFE_SAFETY and has_other(channel, claimed.tried, reachable(claimed))


def consequence(
    outgoing: Outgoing, claimed: Claimed, told: Told, answer: Answer, carrier: Carrier, now: datetime, times: Times
) -> Tried:
    """What an answer means for the delivery, and for the carrier."""
    if isinstance(answer, Accepted):
        due = now + times.second_channel if _needs_both(claimed, told, carrier.channel) else None
        uncounted = _speaks_beside_the_plan(outgoing, claimed)
        name, ids = answer.carrier or carrier.name, answer.carrier_message_ids
        return Tried(Outcome(claimed, SENT, told, name, ids, due, uncounted))
    if isinstance(answer, CarrierError):
        return _refused(answer, outgoing, claimed, told, carrier.channel, now)
    # A bug of an adapter: nobody knows whether it was sent.
    _log.error("a try failed in a way no carrier may", exc_info=answer, extra={"carrier": carrier.name})
    doubt = after_doubt("internal", told.lane, claimed.tries + 1)
    what = doubt or after_failure("internal", carrier.channel, claimed.tried, reachable(claimed))
    return Tried(
        Outcome(claimed, what, told, due=_due(what, now), uncounted=_speaks_beside_the_plan(outgoing, claimed))
    )


def _refused(
    error: CarrierError, outgoing: Outgoing, claimed: Claimed, told: Told, channel: Channel, now: datetime
) -> Tried:
    claimed = claimed._replace(accepted=error.accepted or claimed.accepted)
    if (pause := _carrier_rests(error)) is not None:
        return Tried(Outcome(claimed, GIVEN_BACK, told), pause)
    what = _again(error, told.lane, claimed.tries + 1) or other_way(error.reason, claimed, channel)
    in_doubt = isinstance(error, TryLater) and error.ambiguous  # then it may have spoken to the person
    uncounted = in_doubt and _speaks_beside_the_plan(outgoing, claimed)
    return Tried(Outcome(claimed, what, told, due=_due(what, now), uncounted=uncounted))


def _due(what: Next, now: datetime) -> datetime | None:
    return now + what.wait if what.wait is not None else None


def _carrier_rests(error: CarrierError) -> timedelta | None:
    """How long the whole carrier is left alone; None when it is about this message only."""
    match error:
        case Throttled(scope=Scope.CARRIER):
            return error.retry_after
        case ChannelStopped():
            return STOPPED_FOR
        case CarrierDown():
            return timedelta(0)  # `up` tells when it is back
        case _:
            return None


def _again(error: CarrierError, lane: Lane, tries: int) -> Next | None:
    """Whether the same channel is tried again, and when."""
    match error:
        case Throttled():
            return after_delay(error.reason, tries, error.retry_after)
        case TryLater(ambiguous=True):
            return after_doubt(error.reason, lane, tries)
        case TryLater():
            return after_delay(error.reason, tries)
        case _:
            return None


def other_way(reason: str, claimed: Claimed, channel: Channel) -> Next:
    """What becomes of a delivery that this channel cannot bring."""
    if claimed.sent_before:
        # What the other channel's carrier took is not lost because this one cannot say it too.
        return Next(State.SENT, reason)
    return after_failure(reason, channel, claimed.tried, reachable(claimed))
