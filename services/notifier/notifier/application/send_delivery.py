"""A try of several: the words for the channel, the carrier's answers, and what follows from them."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from notifier.application.carrier_errors import (
    CarrierDown,
    CarrierError,
    ChannelStopped,
    NeedsTemplate,
    Scope,
    Throttled,
    TryLater,
)
from notifier.application.carriers import Answer, Carrier, submit_all
from notifier.application.outgoing import Accepted, Button, Outgoing, PlainText, TemplateMessage
from notifier.application.ports import Claimed, Outcome, Told
from notifier.domain.alert import SUPERSEDED
from notifier.domain.channel import Channel, other, reachable_by
from notifier.domain.delivery import Next, State, after_delay, after_doubt, after_failure
from notifier.domain.lane import Lane
from notifier.domain.template import Rendered

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


def content_for(text: Rendered, channel: Channel, *, window_open: bool) -> PlainText | TemplateMessage | None:
    """What is sent on a channel; None where the channel has no words for it."""
    if channel is Channel.WHATSAPP and not window_open:
        return _approved(text)
    buttons = tuple(Button(b.payload, b.title) for b in text.buttons) if channel is Channel.WHATSAPP else ()
    return PlainText(text.text, buttons)


def _approved(text: Rendered) -> TemplateMessage | None:
    if text.approved is None:
        return None
    payloads = tuple(button.payload for button in text.buttons)
    return TemplateMessage(text.approved.name, text.approved.language, text.parameters, payloads)


async def send_deliveries(
    claimed: Sequence[Claimed], told: Sequence[Told], carrier: Carrier, now: datetime, times: Times
) -> list[Tried]:
    """Try deliveries of one lane on the carrier's channel, all at the same time; gives their outcomes in their order.

    Never raises: every answer of a carrier has its consequence.
    """
    written = [_write(one, what, carrier.channel, now, times) for one, what in zip(claimed, told, strict=True)]
    sent = [(one, what) for one, what in zip(written, told, strict=True) if isinstance(one, Outgoing)]
    answers = iter(await _submit(sent, carrier))
    return [
        Tried(Outcome(of, one, what))
        if isinstance(one, Next)
        else _consequence(*next(answers), of, what, carrier, now, times)
        for one, of, what in zip(written, claimed, told, strict=True)
    ]


async def _submit(sent: Sequence[tuple[Outgoing, Told]], carrier: Carrier) -> list[tuple[Outgoing, Answer]]:
    """What was sent at last, and what was answered: where only a template is taken, it is sent as one."""
    answers = await submit_all(carrier, [outgoing for outgoing, _ in sent])
    said = [(outgoing, answer) for (outgoing, _), answer in zip(sent, answers, strict=True)]
    again = [
        (place, template)
        for place, (outgoing, told) in enumerate(sent)
        if isinstance(answers[place], NeedsTemplate) and (template := _as_template(outgoing, told)) is not None
    ]
    answers = await submit_all(carrier, [template for _, template in again])
    for (place, template), answer in zip(again, answers, strict=True):
        said[place] = template, answer
    return said


def _as_template(outgoing: Outgoing, told: Told) -> Outgoing | None:
    approved = _approved(told.text)
    if approved is None or isinstance(outgoing.content, TemplateMessage):
        return None
    return outgoing._replace(content=approved)


def _write(claimed: Claimed, told: Told, channel: Channel, now: datetime, times: Times) -> Outgoing | Next:
    """The message; or what becomes of the delivery without one."""
    if dropped := _too_late(claimed, told, now):
        return dropped
    window_open = claimed.whatsapp_at is not None and now - claimed.whatsapp_at < times.whatsapp_window
    content = content_for(told.text, channel, window_open=window_open)
    if content is None or channel not in reachable(claimed):
        reason = "no_template" if content is None else "no_address"
        return _other_way(reason, claimed, channel)
    return _outgoing(claimed, told, content, channel, now)


def _as_planned(claimed: Claimed) -> bool:
    """Whether this is what planning foresaw, and counted, for somebody with whom there was no conversation."""
    by_other_channel = claimed.tried and not claimed.is_twin
    return claimed.whatsapp_at is None and not claimed.tries and not by_other_channel


def _speaks_beside_the_plan(outgoing: Outgoing, claimed: Claimed) -> bool:
    """Whether it is a template for which planning took no place in the account's tier."""
    return isinstance(outgoing.content, TemplateMessage) and not _as_planned(claimed)


def _needs_both(claimed: Claimed, told: Told, channel: Channel) -> bool:
    """Life-safety goes the other way too, once, when no receipt tells in time that it arrived."""
    spare = other(channel)
    return told.lane is Lane.LIFE_SAFETY and spare in reachable(claimed) and spare not in claimed.tried


def _outgoing(
    claimed: Claimed, told: Told, content: PlainText | TemplateMessage, channel: Channel, now: datetime
) -> Outgoing:
    whatsapp = channel is Channel.WHATSAPP
    return Outgoing(
        delivery_id=claimed.id,
        to=(claimed.whatsapp_id or claimed.phone) if whatsapp else claimed.phone,
        content=content,
        valid_for=told.expires_at - now,
        reply_to=told.reply_to if whatsapp and isinstance(content, PlainText) else None,
        already_accepted=() if whatsapp else claimed.accepted,
        lane=told.lane,
    )


def _too_late(claimed: Claimed, told: Told, now: datetime) -> Next | None:
    if claimed.called_off:
        return Next(State.DROPPED, SUPERSEDED if claimed.superseded else "cancelled")
    return Next(State.DROPPED, "expired") if told.expires_at <= now else None


def _other_way(reason: str, claimed: Claimed, channel: Channel) -> Next:
    if claimed.sent_before:
        # What the other channel's carrier took is not lost because this one cannot say it too.
        return Next(State.SENT, reason)
    return after_failure(reason, channel, claimed.tried, reachable(claimed))


def _consequence(
    outgoing: Outgoing, answer: Answer, claimed: Claimed, told: Told, carrier: Carrier, now: datetime, times: Times
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
    what = _again(error, told.lane, claimed.tries + 1) or _other_way(error.reason, claimed, channel)
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


CARRIERS = Mapping[Channel, Carrier]
"""One carrier for each channel."""
