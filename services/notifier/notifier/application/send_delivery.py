"""A try of several: the words for the channel, and the carrier's answers."""

from collections.abc import Sequence
from datetime import datetime

from notifier.application.carrier_errors import (
    NeedsTemplate,
)
from notifier.application.carriers import Answer, Carrier, submit_all
from notifier.application.consequences import Times, Tried, consequence, other_way, reachable
from notifier.application.outgoing import Button, Outgoing, PlainText, TemplateMessage
from notifier.application.ports import Claimed, Outcome, Told
from notifier.domain.alert import SUPERSEDED
from notifier.domain.channel import Channel
from notifier.domain.delivery import Next, State
from notifier.domain.template import Rendered


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
        else consequence(*next(answers), of, what, carrier, now, times)
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
        return other_way(reason, claimed, channel)
    return _outgoing(claimed, told, content, channel, now)


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
