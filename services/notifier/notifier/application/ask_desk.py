"""A person writes to the service desk."""

from datetime import datetime, timedelta
from uuid import UUID

from chassis.kernel.ids import derived_id
from chassis.kernel.work import Work
from notifier.application.desk_clock import wind
from notifier.application.house import House
from notifier.application.say import Answer, Listener, say
from notifier.domain.conversation import Conversation
from notifier.domain.desk_message import DeskMessage
from notifier.domain.message import Content
from notifier.domain.office_hours import OfficeHours


def ask_desk(
    message: UUID, content: Content, to: Listener, conversation: Conversation, work: Work, house: House
) -> None:
    """Keep it for the officers; who was with the bot until now is told, once, that people answer and when."""
    asked_before = conversation.desk.is_open
    conversation.turn(conversation.desk.hear(work.now))
    wind(conversation, work, house.desk)
    work.add(DeskMessage(message, to.contact, to.channel, content, work.now))
    if not asked_before:
        say(derived_id("own-answer", str(message)), notice(house.hours, work.now), to, work, house.seal)


def leave_desk(conversation: Conversation, work: Work, house: House) -> None:
    """Go back to the bot; who is there already stays there."""
    if conversation.desk.is_open:
        conversation.turn(conversation.desk.leave())
        wind(conversation, work, house.desk)


def notice(hours: OfficeHours, now: datetime) -> Answer:
    """That people answer, and from when on where the desk is closed."""
    opens = hours.next_opening(now)
    if opens is None:
        return Answer("notifier.desk_asked")
    today = now.astimezone(hours.zone).date()
    day = "besok" if opens.date() - today >= timedelta(days=1) else "hari ini"
    return Answer("notifier.desk_asked_closed", {"day": day, "time": opens.strftime("%H.%M")})
