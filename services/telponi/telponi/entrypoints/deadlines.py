"""Clocks that ran out."""

from collections.abc import Callable

from chassis.kernel.work import Timer
from chassis.postgres.step import Step
from telponi.application.expire_offer import expire_offer
from telponi.application.follow_offer import OFFER
from telponi.application.world import World
from telponi.domain.referral import Referral


def deadlines(world: World) -> dict[str, Callable[[Timer], Step[None]]]:
    """What each kind of timer leads to."""

    def offer_expired(timer: Timer) -> Step[None]:
        number = int(timer.data["number"])
        return Step(
            id=None,
            handle=lambda work: expire_offer(timer.subject, number, work, world),
            needs=((Referral, timer.subject),),
            key=str(timer.subject),
            timer=timer,
        )

    return {OFFER: offer_expired}
