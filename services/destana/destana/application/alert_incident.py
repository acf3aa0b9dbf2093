"""Tell BPBD's duty officer and the heads of the villages, and wait for their SIAP."""

from chassis.kernel.alert import Alert, Group, Lane
from chassis.kernel.ids import derived_id
from chassis.kernel.work import Timer, Work
from destana.application.ports import Clocks, Places
from destana.domain.hazard import Rule
from destana.domain.incident import Incident

NAMED_AT_MOST = 2


def alert_incident(
    incident: Incident, villages: tuple[str, ...], work: Work, rule: Rule, places: Places, clocks: Clocks
) -> None:
    """Alert about `villages`, which are new to the incident; each head once, BPBD at every new village."""
    deadline = work.now + clocks["destana.acknowledge"]
    heads = tuple(Group("village_head", village) for village in villages)
    alert = Alert(
        id=derived_id("incident", str(incident.id), *villages),
        subject=incident.id,
        template="destana.incident",
        values={
            "code": incident.code,
            "hazard": f"{rule.name.upper()} {incident.depth_cm} cm" if incident.depth_cm else rule.name.upper(),
            "place": named(villages, places),
            "reporters": str(len(incident.reporters)),
        },
        lane=Lane.LIFE_SAFETY,
        expires_at=work.now + rule.window,
        groups=(Group("bpbd_duty", villages[0]), *heads),
        acknowledge_by=deadline,
    )
    work.record(alert)
    work.set_timer(Timer(f"acknowledge:{incident.id}", deadline, "acknowledgements_due", incident.id))


def named(villages: tuple[str, ...], places: Places) -> str:
    """Village names for people: the first two, and how many more."""
    names = "; ".join(places.label(village) for village in villages[:NAMED_AT_MOST])
    more = len(villages) - NAMED_AT_MOST
    return f"{names} +{more} desa" if more > 0 else names
