"""A collector did not answer in time: the next one is asked."""

from uuid import UUID

from chassis.kernel.work import Timer, Work
from gareng_mesem.application.offer_pickup import offer_pickup
from gareng_mesem.application.ports import Clocks, Places
from gareng_mesem.domain.pickup import Pickup


async def expire_offer(timer: Timer, work: Work, places: Places, clocks: Clocks) -> None:
    """Withdraw the offer and ask the next collector, unless it was answered meanwhile."""
    pickup = await work.get(Pickup, timer.subject)
    if pickup.expire(UUID(timer.data["collector"]), work.now):
        await offer_pickup(pickup, work, places, clocks)
