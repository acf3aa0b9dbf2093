"""Take a report of a hazard; when enough people say the same, make it an incident and alert the right people."""

from dataclasses import dataclass
from uuid import UUID

from chassis.kernel.codes import INCIDENT, new_code
from chassis.kernel.errors import NotFound, Reject
from chassis.kernel.ids import derived_id, new_id
from chassis.kernel.work import Work
from destana.application.alert_incident import alert_incident
from destana.application.ports import Clocks, Places, Spot
from destana.domain.hazard import DEEPEST_CM, WITH_DEPTH, Hazard, Rule, Rules
from destana.domain.incident import Incident
from destana.domain.watch import Sighting, Watch, enough


@dataclass(frozen=True, slots=True)
class ReportHazard:
    """`village` or `point` says where; `roles` are those the reporter holds.

    `key` is the reporter's own key (KUNCI, or the idempotency key of a call): the same key is one report.
    """

    reporter: UUID
    roles: tuple[str, ...]
    hazard: Hazard
    village: str = ""
    depth_cm: int | None = None
    point: Spot | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class HazardTaken:
    """The answer: the incident's code, empty while the report is only recorded, and what to do now."""

    village: str
    incident: str
    reporters: int
    rule: Rule


async def report_hazard(
    command: ReportHazard, work: Work, rules: Rules, places: Places, clocks: Clocks
) -> HazardTaken:
    """Raises Reject: a depth out of range or where none belongs, an unknown village, a point outside the region."""
    _check_depth(command)
    rule = rules.kinds[command.hazard]
    watch = await _watch(command.hazard, work)
    seen = _sighting(command, work, rules, places)
    repeated = watch.knows(seen.report)
    if not repeated:
        watch.see(seen, command.point, rule.window)
    near = watch.around(seen, rule.radius_km, places.distance_km)
    incident = await _open_incident(near, work, rule)
    if repeated:
        return _taken(seen.village, incident, near, rule)
    if incident is not None:
        watch.assign([seen], incident.id)
        if incident.reinforce(seen):
            alert_incident(incident, (seen.village,), work, rule, places, clocks)
    elif enough(near, rule):
        incident = _confirm(command.hazard, near, work)
        watch.assign(near, incident.id)
        alert_incident(incident, tuple(incident.villages), work, rule, places, clocks)
    return _taken(seen.village, incident, near, rule)


def _taken(village: str, incident: Incident | None, near: list[Sighting], rule: Rule) -> HazardTaken:
    if incident is None:
        return HazardTaken(village, "", len({seen.reporter for seen in near}), rule)
    return HazardTaken(village, incident.code, len(incident.reporters), rule)


def _check_depth(command: ReportHazard) -> None:
    if command.depth_cm is None:
        return
    if command.hazard not in WITH_DEPTH:
        raise Reject("kedalaman", "not_allowed", "kedalaman hanya untuk BANJIR dan ROB")
    if not 0 <= command.depth_cm <= DEEPEST_CM:
        raise Reject("kedalaman", "out_of_range", "kedalaman 0 sampai 1000 cm")


async def _watch(hazard: Hazard, work: Work) -> Watch:
    watch_id = derived_id("watch", hazard.name)
    try:
        return await work.get(Watch, watch_id)
    except NotFound:
        watch = Watch(watch_id, hazard=hazard)
        work.add(watch)
        return watch


def _sighting(command: ReportHazard, work: Work, rules: Rules, places: Places) -> Sighting:
    village = places.village_at(command.point) if command.point else command.village
    if village is None:
        raise Reject("lokasi", "outside_region", "di luar wilayah kabupaten")
    if not places.knows_village(village):
        raise Reject("tempat", "unknown_village", "desa tidak dikenal")
    return Sighting(
        report=derived_id("report", str(command.reporter), command.key) if command.key else new_id(),
        reporter=command.reporter,
        weight=rules.weight(command.roles),
        village=village,
        spot=command.point or places.spot(village),
        depth_cm=command.depth_cm,
        at=work.now,
    )


async def _open_incident(near: list[Sighting], work: Work, rule: Rule) -> Incident | None:
    """The newest incident that a sighting near by belongs to and that is still going on."""
    known = dict.fromkeys(each.incident for each in reversed(near) if each.incident)
    for incident_id in known:
        incident = await work.get(Incident, incident_id)
        if not incident.closed and work.now - incident.last_seen <= rule.window:
            return incident
    return None


def _confirm(hazard: Hazard, near: list[Sighting], work: Work) -> Incident:
    incident = Incident(
        id=new_id(), code=new_code(INCIDENT), hazard=hazard, confirmed_at=work.now, last_seen=near[0].at
    )
    work.add(incident)
    incident.confirm(near)
    return incident
