"""A try of several: the words for the channel, and the carrier's answers."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import NamedTuple

from notifier.application.carrier_errors import NeedsTemplate
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


class _Sent(NamedTuple):
    """A message, and of which delivery."""

    outgoing: Outgoing
    claimed: Claimed
    told: Told


async def send_deliveries(
    claimed: Sequence[Claimed], told: Sequence[Told], carrier: Carrier, now: datetime, times: Times
) -> AsyncIterator[list[Tried]]:
    """Try deliveries of one lane on the carrier's channel, all at the same time; gives the outcomes as they come.

    Never raises: every answer of a carrier has its consequence.
    """
    unsent, sent = [], []
    for one, what in zip(claimed, told, strict=True):
        written = _write(one, what, carrier.channel, now, times)
        if isinstance(written, Next):
            unsent.append(Tried(Outcome(one, written, what)))
        else:
            sent.append(_Sent(written, one, what))
    if unsent:
        yield unsent
    async for some in _submit(sent, carrier):
        yield [consequence(*one, answer, carrier, now, times) for one, answer in some]


async def _submit(sent: Sequence[_Sent], carrier: Carrier) -> AsyncIterator[list[tuple[_Sent, Answer]]]:
    """What was sent at last, and what was answered: where only a template is taken, it is sent as one."""
    async for some in submit_all(carrier, [one.outgoing for one in sent]):
        said, again = [], []
        for place, answer in some:
            if (template := _as_template(sent[place], answer)) is None:
                said.append((sent[place], answer))
            else:
                again.append(template)
        yield said
        if again:
            async for some_again in submit_all(carrier, [one.outgoing for one in again]):
                yield [(again[place], answer) for place, answer in some_again]


def _as_template(sent: _Sent, answer: Answer) -> _Sent | None:
    """The same message as a template, where the answer asks for one and there is one."""
    if not isinstance(answer, NeedsTemplate) or isinstance(sent.outgoing.content, TemplateMessage):
        return None
    approved = _approved(sent.told.text)
    return None if approved is None else sent._replace(outgoing=sent.outgoing._replace(content=approved))


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
