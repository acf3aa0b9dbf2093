"""A collector says that a pickup is done; everybody who reported it is told."""

from dataclasses import dataclass
from uuid import UUID

from chassis.kernel.errors import Reject
from chassis.kernel.work import Work
from gareng_mesem.application.find_pickup import find_pickup
from gareng_mesem.application.tell_reporters import tell_reporters
from gareng_mesem.domain.pickup import Pickup
from gareng_mesem.domain.report import Report
from gareng_mesem.domain.waste import LARGEST_VOLUME_M3


@dataclass(frozen=True, slots=True)
class CompletePickup:
    """`volume_m3` in cubic metres; `code` is None for the collector's only open pickup."""

    collector: UUID
    code: str | None
    volume_m3: float


async def complete_pickup(command: CompletePickup, work: Work) -> Pickup:
    """Raises Reject: volume not above 0 and at most 100 m3. Conflict, NotFound as answer_pickup."""
    if not 0 < command.volume_m3 <= LARGEST_VOLUME_M3:
        raise Reject("volume", "out_of_range", "lebih dari 0 sampai 100 m3, atau KRESEK, MOTOR, PICKUP, TRUK")
    pickup = await find_pickup(command.code, command.collector, work)
    pickup.complete(command.collector, command.volume_m3, work.now)
    work.clear_timer(f"offer:{pickup.id}")
    work.clear_timer(f"target:{pickup.id}")
    for report_id in pickup.reports:
        (await work.get(Report, report_id)).resolve(work.now)
    await tell_reporters(pickup, "gareng_mesem.report_done", work)
    return pickup
