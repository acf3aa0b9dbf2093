"""A person wrote: find who, find whose message it is, hand it over or answer it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from chassis.kernel.errors import NotFound
from chassis.kernel.ids import derived_id
from chassis.kernel.work import Work
from notifier.application.answer_own_word import Answer, answer_own_word
from notifier.application.contacts import Address, new_contact
from notifier.domain import words
from notifier.domain.alert import Alert
from notifier.domain.audience import Audience
from notifier.domain.channel import Channel
from notifier.domain.contact import Contact
from notifier.domain.conversation import Conversation
from notifier.domain.lane import Lane
from notifier.domain.message import Content, FieldMessageRouted, Message
from notifier.domain.routing import Route, Setting, route

ANSWER_LIFE = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class House:
    """What the notifier needs to answer by itself."""

    conversation: timedelta
    seal: Callable[[Mapping[str, str]], bytes]
    place_code: Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class ReceiveMessage:
    """A message as it came. `replied_alert` and `replied_service` tell which of our messages it answers."""

    id: UUID
    channel: Channel
    phone: Address | None
    whatsapp: Address | None
    name: str
    content: Content
    received_at: datetime
    carrier_id: str = ""
    replied_alert: UUID | None = None
    replied_service: str | None = None
    traceparent: str = ""


async def receive_message(command: ReceiveMessage, work: Work, house: House) -> None:
    """Route it. Repeats of a carrier have the same id and do not come so far."""
    contact = await _sender(command, work)
    conversation = await _conversation(contact.id, work)
    setting = Setting(
        replied_to=command.replied_service,
        offered=conversation.offered or None,
        talking=conversation.talking(work.now, house.conversation),
        roles=frozenset(grant.role for grant in contact.grants),
    )
    goes = route(command.content.text, setting, has_media=command.content.has_media)
    work.add(
        Message(
            command.id,
            contact.id,
            command.channel,
            command.carrier_id,
            goes.service,
            goes.why,
            command.received_at,
        )
    )
    if goes.service == words.NOTIFIER:
        conversation.write_on(command.channel, work.now)
        _say(answer_own_word(goes, contact, house.place_code), command, contact, work, house)
    else:
        content = _content(command, conversation, goes, work.now, house.conversation)
        conversation.hear(goes.service, command.channel, work.now)
        work.record(_handed_over(command, contact, goes, content))


async def _sender(command: ReceiveMessage, work: Work) -> Contact:
    """The contact with this phone or WhatsApp id; a new one for somebody who never wrote."""
    for index, address in (("phone", command.phone), ("whatsapp", command.whatsapp)):
        if address and (known := await work.find(Contact, index, address.digest)):
            contact = max(known, key=lambda one: bool(one.phone))  # known by both: the one with a phone has the roles
            contact.wrote_as(_number(command.phone), _number(command.whatsapp))
            return contact
    return new_contact(work, command.phone, command.whatsapp, command.name)


def _number(address: Address | None) -> str:
    return address.number if address else ""


async def _conversation(contact_id: UUID, work: Work) -> Conversation:
    try:
        return await work.get(Conversation, contact_id)
    except NotFound:
        conversation = Conversation(contact_id)
        work.add(conversation)
        return conversation


def _content(
    command: ReceiveMessage, conversation: Conversation, goes: Route, now: datetime, within: timedelta
) -> Content:
    """What the service gets: a place or photo without a word waits also for the word of another service."""
    if not command.content.text:
        conversation.keep(command.content, goes.service, now, within)
        return command.content
    earlier = conversation.give(goes.service, now, within)
    return command.content.joined(earlier) if goes.word else command.content


def _handed_over(command: ReceiveMessage, contact: Contact, goes: Route, content: Content) -> FieldMessageRouted:
    return FieldMessageRouted(
        message=command.id,
        contact=contact.id,
        grants=tuple(sorted(contact.grants)),
        channel=command.channel,
        received_at=command.received_at,
        content=content,
        service=goes.service,
        replied_alert=command.replied_alert,
    )


def _say(answer: Answer, command: ReceiveMessage, contact: Contact, work: Work, house: House) -> None:
    """Answer on the channel the message came by."""
    work.add(
        Alert(
            derived_id("own-answer", str(command.id)),
            subject=contact.id,
            template=answer.template,
            sealed_values=house.seal(answer.values),
            audience=Audience(contacts=(contact.id,)),
            lane=Lane.URGENT,
            expires_at=work.now + ANSWER_LIFE,
            accepted_at=work.now,
            in_reply_to=command.id,
            channel=command.channel,
            traceparent=command.traceparent,
        )
    )
