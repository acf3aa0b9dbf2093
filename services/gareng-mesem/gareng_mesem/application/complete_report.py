"""A location or photo that comes after the words belongs to the report just made."""

from dataclasses import dataclass
from uuid import UUID

from chassis.kernel.errors import Reject
from chassis.kernel.work import Work
from gareng_mesem.application.ports import Clocks, Places, Spot
from gareng_mesem.domain.pickup import Pickup
from gareng_mesem.domain.report import Report, ReportState


@dataclass(frozen=True, slots=True)
class CompleteReport:
    """What was shared: a spot, a photo's reference, or both."""

    reporter: UUID
    point: Spot | None
    photo: str


async def complete_report(command: CompleteReport, work: Work, places: Places, clocks: Clocks) -> Report | None:
    """Add it to the reporter's newest open report of the last minutes; None when there is none.

    Raises Reject: a point outside the region.
    """
    if command.point and places.village_at(command.point) is None:
        raise Reject("lokasi", "outside_region", "di luar wilayah kabupaten")
    oldest = work.now - clocks["gareng_mesem.correction"]
    recent = [each for each in await work.find(Report, "reporter", command.reporter) if _fits(each, command)]
    report = max(recent, key=lambda each: each.made_at, default=None)
    if report is None or report.made_at < oldest:
        return None
    report.add(command.point, command.photo)
    if command.point:
        (await work.get(Pickup, report.pickup)).locate(command.point)
    return report


def _fits(report: Report, command: CompleteReport) -> bool:
    """Open, and what was shared is not there yet."""
    known = (command.point and report.point) or (command.photo and report.photo)
    return report.state is ReportState.OPEN and not known
