"""Go on to the next facility at once when an offer reached nobody."""

from dataclasses import dataclass
from uuid import UUID

from chassis.kernel.work import Work
from telponi.application import tell
from telponi.application.follow_offer import follow_offer, offer_timer_id
from telponi.application.world import World
from telponi.domain.pregnancy import Pregnancy
from telponi.domain.referral import Referral


@dataclass(frozen=True, slots=True)
class SkipUnreached:
    """The offer's alert, which the notifier could send to nobody, and the pregnancy that it is about."""

    alert: UUID
    pregnancy: UUID


async def skip_unreached(command: SkipUnreached, work: Work, world: World) -> None:
    """Ask the next facility, if the offer of that alert still waits."""
    for referral in await work.find(Referral, "pregnancy", command.pregnancy):
        number = len(referral.offers)
        if tell.offer_alert(referral, number) == command.alert and referral.reach_nobody(number, work.now):
            await _go_on(referral, number, work, world)


async def _go_on(referral: Referral, number: int, work: Work, world: World) -> None:
    work.clear_timer(offer_timer_id(referral.id, number))
    telling = tell.Telling(referral, await work.get(Pregnancy, referral.pregnancy), work, world)
    tell.unreached(telling, referral.offers[number - 1])
    follow_offer(telling)
