"""The two timers of a conversation with the desk: the officer's claim, and silence."""

from chassis.kernel.work import Timer, Work
from notifier.domain.conversation import Conversation
from notifier.domain.desk import DeskTimes

CLAIM, REST = "desk_claim", "desk_rest"
"""Kinds of the timers."""


def wind(conversation: Conversation, work: Work, times: DeskTimes) -> None:
    """Set or clear both as the conversation stands now."""
    desk, who = conversation.desk, conversation.id
    for kind, due in ((CLAIM, desk.lapses_at(times)), (REST, desk.rests_at(times))):
        name = f"{kind}:{who}"
        if due is None:
            work.clear_timer(name)
        else:
            work.set_timer(Timer(name, due, kind, who))
