"""End an offer that nobody answered in time."""

from uuid import UUID

from chassis.kernel.work import Work
from telponi.application import tell
from telponi.application.follow_offer import follow_offer
from telponi.application.world import World
from telponi.domain.pregnancy import Pregnancy
from telponi.domain.referral import Referral


async def expire_offer(referral_id: UUID, number: int, work: Work, world: World) -> None:
    """Ask the next facility, if offer `number` still waits."""
    referral = await work.get(Referral, referral_id)
    mother = await work.get(Pregnancy, referral.pregnancy)
    if not referral.expire(number, work.now):
        return
    telling = tell.Telling(referral, mother, work, world)
    tell.call_off(telling, number, "expired")
    tell.expired(telling, referral.offers[number - 1])
    follow_offer(telling)
