"""Offer a pickup to the nearest collector on duty, and to the next when one says no or nothing."""

from chassis.kernel.alert import Alert, Group, Lane
from chassis.kernel.ids import derived_id
from chassis.kernel.work import Timer, Work
from gareng_mesem.application.ports import Clocks, Places
from gareng_mesem.domain.collector import Collector
from gareng_mesem.domain.pickup import Pickup
from gareng_mesem.domain.waste import NAME


async def offer_pickup(pickup: Pickup, work: Work, places: Places, clocks: Clocks) -> None:
    """Ask the nearest collector not asked yet; tell the field supervisor when nobody is left."""
    spot = pickup.point or places.spot(pickup.village)
    on_duty = [each for each in await work.find(Collector, "region", places.code) if each.on_duty and each.places]
    nearest = sorted(on_duty, key=lambda each: (places.nearness_km(each, spot), each.id))
    patience = clocks["gareng_mesem.pickup_offer"]
    collector = pickup.offer([each.id for each in nearest], patience, work.now)
    if collector is None:
        work.record(_nobody_left(pickup, places))
        return
    turn = str(len(pickup.asked)) + "." + str(pickup.reopened)
    work.set_timer(
        Timer(f"offer:{pickup.id}", work.now + patience, "offer_expired", pickup.id, {"collector": str(collector)})
    )
    alert = Alert(
        id=derived_id("pickup_offer", str(pickup.id), turn),
        subject=pickup.id,
        template="gareng_mesem.pickup_offer",
        values=_about(pickup, places),
        lane=Lane.URGENT,
        expires_at=work.now + patience,
        contacts=(collector,),
        acknowledge_by=work.now + patience,
    )
    work.record(alert)


def _nobody_left(pickup: Pickup, places: Places) -> Alert:
    return Alert(
        id=derived_id("pickup_unassigned", str(pickup.id), str(pickup.reopened), str(len(pickup.asked))),
        subject=pickup.id,
        template="gareng_mesem.pickup_unassigned",
        values=_about(pickup, places),
        lane=Lane.URGENT,
        expires_at=pickup.target_at,
        groups=(Group("field_supervisor", pickup.village),),
    )


def _about(pickup: Pickup, places: Places) -> dict[str, str]:
    latitude, longitude = pickup.point or places.spot(pickup.village)
    return {
        "code": pickup.code,
        "kind": NAME[pickup.category],
        "place": places.label(pickup.village),
        "size": pickup.size.value,
        "spot": f"{latitude:.5f},{longitude:.5f}",
    }
