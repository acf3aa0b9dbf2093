"""A reporter says that it still lies there."""

from dataclasses import dataclass
from uuid import UUID

from chassis.kernel.alert import Alert, Group, Lane
from chassis.kernel.errors import NotFound, Reject
from chassis.kernel.ids import derived_id
from chassis.kernel.work import Timer, Work
from gareng_mesem.application.offer_pickup import offer_pickup
from gareng_mesem.application.ports import Clocks, Places
from gareng_mesem.domain.pickup import Pickup
from gareng_mesem.domain.report import Report, ReportState
from gareng_mesem.domain.waste import NAME, TARGET_CLOCK


@dataclass(frozen=True, slots=True)
class DisputeReport:
    """`code` is None for the reporter's only report that is said to be done."""

    reporter: UUID
    code: str | None


async def dispute_report(command: DisputeReport, work: Work, places: Places, clocks: Clocks) -> bool:
    """Reopen the pickup once; later complaints go to the supervisor. True when it was reopened.

    Raises NotFound: no such report of this reporter. Conflict: it was not said to be done. Reject: several.
    """
    report = await _find(command, work)
    report.dispute(work.now)
    pickup = await work.get(Pickup, report.pickup)
    reopened = pickup.reopen(report.id, work.now + clocks[TARGET_CLOCK[pickup.category]], work.now)
    if reopened:
        target = {"target": pickup.target_at.isoformat()}
        work.set_timer(Timer(f"target:{pickup.id}", pickup.target_at, "target_missed", pickup.id, target))
        await offer_pickup(pickup, work, places, clocks)
    work.record(_complaint(report, pickup, work, places))
    return reopened


async def _find(command: DisputeReport, work: Work) -> Report:
    if command.code is not None:
        found = [each for each in await work.find(Report, "code", command.code) if each.reporter == command.reporter]
        if not found:
            raise NotFound("kode", f"{command.code} tidak dikenal sebagai laporan Anda")
        return found[0]
    mine = [
        each for each in await work.find(Report, "reporter", command.reporter) if each.state is ReportState.RESOLVED
    ]
    if not mine:
        raise NotFound("kode", "tidak ada laporan Anda yang dinyatakan selesai")
    if len(mine) > 1:
        raise Reject("kode", "ambiguous", "pilih " + ", ".join(sorted(each.code for each in mine)))
    return mine[0]


def _complaint(report: Report, pickup: Pickup, work: Work, places: Places) -> Alert:
    return Alert(
        id=derived_id("report_disputed", str(report.id), str(report.disputes)),
        subject=pickup.id,
        template="gareng_mesem.report_disputed",
        values={"code": report.code, "kind": NAME[report.category], "place": places.label(report.village)},
        lane=Lane.ROUTINE,
        expires_at=max(pickup.target_at, work.now) + (pickup.target_at - report.made_at),
        groups=(Group("field_supervisor", report.village),),
    )
