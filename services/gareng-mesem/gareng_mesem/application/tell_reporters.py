"""Tell everybody who reported a heap what became of it, each with the own code."""

from chassis.kernel.alert import Alert, Lane
from chassis.kernel.ids import derived_id
from chassis.kernel.work import Work
from gareng_mesem.domain.pickup import Pickup
from gareng_mesem.domain.report import Report
from gareng_mesem.domain.waste import NAME


async def tell_reporters(pickup: Pickup, template: str, work: Work) -> None:
    """One alert for each report of the pickup."""
    for report_id in pickup.reports:
        report = await work.get(Report, report_id)
        alert = Alert(
            id=derived_id(template, str(report.id), str(pickup.reopened)),
            subject=report.id,
            template=template,
            values={"code": report.code, "kind": NAME[report.category]},
            lane=Lane.ROUTINE,
            expires_at=work.now + (pickup.target_at - report.made_at),
            contacts=(report.reporter,),
        )
        work.record(alert)
