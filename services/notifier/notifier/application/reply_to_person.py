"""An officer of the service desk answers a person."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.kernel.errors import Conflict
from chassis.kernel.work import Work
from notifier.application.hold_conversation import Officer, act
from notifier.application.house import House
from notifier.application.say import Answer, Listener, say
from notifier.domain.channel import Channel
from notifier.domain.conversation import Conversation
from notifier.domain.desk_message import Deed, DeskMessage
from notifier.domain.message import Content


@dataclass(frozen=True, slots=True)
class ReplyToPerson:
    """`shown` is what the person reads. `free`: the officer's own words, not a text that WhatsApp approved."""

    id: UUID
    by: Officer
    answer: Answer
    shown: str
    free: bool = True


async def reply_to_person(command: ReplyToPerson, work: Work, house: House) -> Conversation:
    """Say it on the channel by which the person wrote last. Raises NotFound, Claimed, NotClaimed, Conflict."""
    by = command.by
    conversation = await act(by, Deed.REPLY, lambda desk: desk.reply(by.id, work.now), work, house.desk)
    last = conversation.last
    channel = last.channel if last else None
    if command.free and channel is Channel.WHATSAPP:
        _check_window(conversation.window_until(house.desk.window), work.now)
    to = Listener(by.contact, channel, last.message if last else None)
    say(command.id, command.answer, to, work, house.seal)
    work.add(DeskMessage(command.id, by.contact, channel, Content(command.shown), work.now, by.id))
    return conversation


def _check_window(until: datetime | None, now: datetime) -> None:
    if until is None or until <= now:
        text = "sudah 24 jam sejak pesan WhatsApp terakhir: hanya boleh templat, contoh notifier.desk_reopen"
        raise Conflict("text", "window_closed", text)
