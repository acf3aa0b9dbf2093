"""Nothing happened at the service desk for too long."""

from uuid import UUID

from chassis.kernel.ids import derived_id
from chassis.kernel.work import Work
from notifier.application.ask_desk import leave_desk
from notifier.application.desk_clock import wind
from notifier.application.house import House
from notifier.application.say import Answer, Listener, say
from notifier.domain.conversation import Conversation
from notifier.domain.desk import DeskState, DeskTimes

UNANSWERED = Answer("notifier.desk_unanswered")


async def lapse_claim(contact: UUID, work: Work, times: DeskTimes) -> None:
    """The officer did nothing: the conversation waits for another one."""
    conversation = await work.get(Conversation, contact)
    if conversation.desk.state is DeskState.HUMAN:
        conversation.turn(conversation.desk.lapse())
        wind(conversation, work, times)


async def end_silence(contact: UUID, work: Work, house: House) -> None:
    """Nobody said anything: the bot answers again. Who was never answered is told so."""
    conversation = await work.get(Conversation, contact)
    desk, last = conversation.desk, conversation.last
    if desk.is_open and not desk.answered and last:
        about = derived_id("desk-unanswered", str(contact), str(desk.word_at))
        say(about, UNANSWERED, Listener(contact, last.channel, last.message), work, house.seal)
    leave_desk(conversation, work, house)
