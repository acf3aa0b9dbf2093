"""A person wrote: find who, find whose message it is, hand it over or answer it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from chassis.kernel.errors import NotFound
from chassis.kernel.ids import derived_id
from chassis.kernel.work import Work
from notifier.application.acknowledge_alert import acknowledge_alert
from notifier.application.answer_own_word import OFFER_OF_THE_DESK, answer_own_word
from notifier.application.ask_desk import ask_desk, leave_desk
from notifier.application.contacts import Address, holder_of, new_contact
from notifier.application.house import House
from notifier.application.say import Answer, Listener, say
from notifier.domain import words
from notifier.domain.acknowledgement import Said
from notifier.domain.channel import Channel
from notifier.domain.contact import Contact
from notifier.domain.conversation import Conversation, Last
from notifier.domain.message import Content, FieldMessageRouted, Message
from notifier.domain.routing import UNKNOWN, Route, Setting, route


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
    setting = _setting(command, contact, conversation, work.now, house)
    goes = route(command.content.text, setting, has_media=command.content.has_media)
    work.add(_remembered(command, contact, goes))
    puzzling = conversation.is_puzzling(work.now, house.conversation)
    last = Last(command.id, command.channel, work.now)
    conversation.wrote(last, command.received_at, understood=goes != UNKNOWN)
    await acknowledge_alert(contact.id, _said(command, goes), work)
    if goes.service != words.NOTIFIER:
        _pass_on(goes, command, contact, conversation, work, house)
        return
    if goes.word == "MENU":
        leave_desk(conversation, work, house)
    answer = OFFER_OF_THE_DESK if puzzling and goes == UNKNOWN else _answer(goes, command, contact, work, house)
    say(derived_id("own-answer", str(command.id)), answer, _back(command, contact), work, house.seal)


def _setting(
    command: ReceiveMessage, contact: Contact, conversation: Conversation, now: datetime, house: House
) -> Setting:
    return Setting(
        replied_to=command.replied_service,
        offered=conversation.offered or None,
        talking=conversation.talking(now, house.conversation),
        with_desk=conversation.desk.is_open,
        reporting_to=conversation.reporting_to(now, house.conversation),
        roles=frozenset(grant.role for grant in contact.grants),
    )


def _remembered(command: ReceiveMessage, contact: Contact, goes: Route) -> Message:
    sent_by = (contact.id, command.channel, command.carrier_id)
    return Message(command.id, *sent_by, goes.service, goes.why, command.received_at)


def _said(command: ReceiveMessage, goes: Route) -> Said:
    service = goes.service if goes.service != words.NOTIFIER else None
    return Said(command.content.text, goes.word, service, command.replied_alert)


def _back(command: ReceiveMessage, contact: Contact) -> Listener:
    """The sender, on the channel the message came by."""
    return Listener(contact.id, command.channel, command.id, command.traceparent)


def _answer(goes: Route, command: ReceiveMessage, contact: Contact, work: Work, house: House) -> Answer:
    return answer_own_word(goes, contact, command.channel, house.place_code, work)


def _pass_on(
    goes: Route, command: ReceiveMessage, contact: Contact, conversation: Conversation, work: Work, house: House
) -> None:
    """Give it to the people of the desk, or to the service."""
    content = _content(command, conversation, goes, work.now, house.conversation)
    if goes.service == words.DESK:
        ask_desk(command.id, content, _back(command, contact), conversation, work, house)
    else:
        conversation.hear(goes.service, work.now, asks=goes.why != "code")
        work.record(_handed_over(command, contact, goes, content))


async def _sender(command: ReceiveMessage, work: Work) -> Contact:
    """The contact with this phone or WhatsApp id; a new one for somebody who never wrote."""
    for index, address in (("phone", command.phone), ("whatsapp", command.whatsapp)):
        if address and (known := await work.find(Contact, index, address.digest)):
            contact = max(known, key=lambda one: bool(one.phone))  # known by both: the one with a phone has the roles
            contact.wrote_as(_number(command.phone), _number(command.whatsapp))
            return contact
    if command.phone and (holder := await holder_of(command.phone, work)):
        return holder  # by a further phone: what is known of the first stays as it is
    return await new_contact(work, command.phone, command.whatsapp, command.name)


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
