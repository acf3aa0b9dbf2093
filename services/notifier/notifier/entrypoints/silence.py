"""What is due at the service desk: claims that nobody uses, conversations in which nobody speaks."""

from collections.abc import Awaitable, Callable
from functools import partial
from uuid import UUID

from chassis.kernel.work import Timer, Work
from chassis.postgres.step import Step
from notifier.application.desk_clock import CLAIM, REST
from notifier.application.end_silence import end_silence, lapse_claim
from notifier.application.house import House
from notifier.domain.conversation import Conversation


def timers(house: House) -> dict[str, Callable[[Timer], Step[None]]]:
    """Give the step of each kind of timer."""

    def step(handle: Callable[[UUID, Work], Awaitable[None]], timer: Timer) -> Step[None]:
        who = timer.subject
        return Step(None, lambda work: handle(who, work), needs=((Conversation, who),), timer=timer)

    return {
        CLAIM: partial(step, lambda who, work: lapse_claim(who, work, house.desk)),
        REST: partial(step, lambda who, work: end_silence(who, work, house)),
    }
