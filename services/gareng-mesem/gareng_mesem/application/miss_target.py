"""A pickup's target passed: the supervisor is told."""

from datetime import datetime, timedelta

from chassis.kernel.alert import Alert, Group, Lane
from chassis.kernel.ids import derived_id
from chassis.kernel.work import Timer, Work
from gareng_mesem.application.ports import Places
from gareng_mesem.domain.pickup import Pickup
from gareng_mesem.domain.waste import NAME

TOLD_WITHIN = timedelta(days=1)


async def miss_target(timer: Timer, work: Work, places: Places) -> None:
    """Tell the field supervisor, unless it was done or has a later target now."""
    pickup = await work.get(Pickup, timer.subject)
    if not pickup.miss_target(datetime.fromisoformat(timer.data["target"]), work.now):
        return
    alert = Alert(
        id=derived_id("pickup_late", timer.id, timer.data["target"]),
        subject=pickup.id,
        template="gareng_mesem.pickup_late",
        values={"code": pickup.code, "kind": NAME[pickup.category], "place": places.label(pickup.village)},
        lane=Lane.ROUTINE,
        expires_at=work.now + TOLD_WITHIN,
        groups=(Group("field_supervisor", pickup.village),),
    )
    work.record(alert)
