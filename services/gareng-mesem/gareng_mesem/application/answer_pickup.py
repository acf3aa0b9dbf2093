"""A collector takes or refuses a pickup."""

from dataclasses import dataclass
from uuid import UUID

from chassis.kernel.work import Work
from gareng_mesem.application.find_pickup import find_pickup
from gareng_mesem.application.offer_pickup import offer_pickup
from gareng_mesem.application.ports import Clocks, Places
from gareng_mesem.application.tell_reporters import tell_reporters
from gareng_mesem.domain.pickup import Pickup


@dataclass(frozen=True, slots=True)
class AnswerPickup:
    """`code` is None for the collector's only open pickup."""

    collector: UUID
    code: str | None
    accepted: bool


async def answer_pickup(command: AnswerPickup, work: Work, places: Places, clocks: Clocks) -> Pickup:
    """Raises Conflict: done already, or not this collector's. NotFound, Reject as find_pickup."""
    pickup = await find_pickup(command.code, command.collector, work)
    if command.accepted:
        pickup.accept(command.collector, work.now)
        work.clear_timer(f"offer:{pickup.id}")
        await tell_reporters(pickup, "gareng_mesem.report_taken", work)
    else:
        pickup.refuse(command.collector, work.now)
        work.clear_timer(f"offer:{pickup.id}")
        await offer_pickup(pickup, work, places, clocks)
    return pickup
