"""Make a report of waste: it joins an open pickup near by, or asks for one."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.kernel.codes import PICKUP, WASTE_REPORT, new_code
from chassis.kernel.errors import NotFound, Reject
from chassis.kernel.ids import derived_id, new_id
from chassis.kernel.work import Timer, Work
from gareng_mesem.application.offer_pickup import offer_pickup
from gareng_mesem.application.ports import Clocks, Places, Spot
from gareng_mesem.domain.pickup import Pickup
from gareng_mesem.domain.report import Report
from gareng_mesem.domain.waste import GROUP, SAME_HEAP_KM, TARGET_CLOCK, Category, Size, heap_at


@dataclass(frozen=True, slots=True)
class ReportWaste:
    """`village` or `point` says where; `channel` is the one to tell the reporter on.

    `key` is the reporter's own key (KUNCI, or the idempotency key of a call): the same key is one report.
    """

    reporter: UUID
    channel: str
    category: Category
    size: Size
    village: str = ""
    point: Spot | None = None
    photo: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class ReportMade:
    """The answer: the report's code, whether it joined another one, and by when it should be done."""

    code: str
    merged: bool
    category: Category
    village: str
    target_at: datetime


async def report_waste(command: ReportWaste, work: Work, places: Places, clocks: Clocks) -> ReportMade:
    """Raises Reject: a point outside the region, an unknown village, no place at all."""
    known_id = report_of(command)
    if known_id is not None and (known := await _made_before(known_id, work)):
        return known
    report_id = known_id or new_id()
    village = _village(command, places)
    pickup = await _same_heap(command, village, work, places)
    merged = pickup is not None
    if pickup is None:
        pickup = _new_pickup(command, village, report_id, work, clocks)
    else:
        pickup.join(report_id)
    report = Report(
        id=report_id,
        code=new_code(WASTE_REPORT),
        reporter=command.reporter,
        channel=command.channel,
        category=command.category,
        size=command.size,
        village=village,
        point=command.point,
        pickup=pickup.id,
        made_at=work.now,
        photo=command.photo,
        merged=merged,
    )
    work.add(report)
    report.place()
    if not merged:
        await offer_pickup(pickup, work, places, clocks)
    return ReportMade(report.code, merged, command.category, village, pickup.target_at)


def report_of(command: ReportWaste) -> UUID | None:
    """The report that a key makes; None: one that nobody made before."""
    return derived_id("report", str(command.reporter), command.key) if command.key else None


def heap_of(command: ReportWaste, places: Places) -> str:
    """Under which pickups are looked for that it could join. Raises Reject as `report_waste` does."""
    return heap_at(_village(command, places), command.category)


async def _made_before(report_id: UUID, work: Work) -> ReportMade | None:
    """The answer to a report that came before, by the other way."""
    try:
        report = await work.get(Report, report_id)
    except NotFound:
        return None
    pickup = await work.get(Pickup, report.pickup)
    return ReportMade(report.code, report.merged, report.category, report.village, pickup.target_at)


def _village(command: ReportWaste, places: Places) -> str:
    if command.point is not None:
        village = places.village_at(command.point)
        if village is None:
            raise Reject("lokasi", "outside_region", "di luar wilayah kabupaten")
        return village
    if not places.knows_village(command.village):
        raise Reject("tempat", "unknown_village", "desa tidak dikenal")
    return command.village


async def _same_heap(command: ReportWaste, village: str, work: Work, places: Places) -> Pickup | None:
    """The open pickup of this group here, if any: by distance where both gave a point, else by village."""
    near = SAME_HEAP_KM[GROUP[command.category]]
    for pickup in await work.find(Pickup, "open_heap", heap_at(village, command.category)):
        if command.point is None or pickup.point is None:
            return pickup
        if places.distance_km(command.point, pickup.point) <= near:
            return pickup
    return None


def _new_pickup(command: ReportWaste, village: str, report: UUID, work: Work, clocks: Clocks) -> Pickup:
    target = work.now + clocks[TARGET_CLOCK[command.category]]
    pickup = Pickup(
        id=new_id(),
        code=new_code(PICKUP),
        category=command.category,
        size=command.size,
        village=village,
        point=command.point,
        target_at=target,
        reports=[report],
    )
    work.add(pickup)
    pickup.request(work.now)
    work.set_timer(Timer(f"target:{pickup.id}", target, "target_missed", pickup.id, {"target": target.isoformat()}))
    return pickup
