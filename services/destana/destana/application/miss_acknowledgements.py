"""The time to answer an incident's alert is over: the commander is told who has not."""

from datetime import timedelta

from chassis.kernel.alert import Alert, Group, Lane
from chassis.kernel.ids import derived_id
from chassis.kernel.work import Timer, Work
from destana.application.alert_incident import named
from destana.application.ports import Places
from destana.domain.hazard import Rules
from destana.domain.incident import Incident

TOLD_WITHIN = timedelta(hours=6)


async def miss_acknowledgements(timer: Timer, work: Work, rules: Rules, places: Places) -> None:
    """Tell BPBD's commander how many are silent, unless all have answered."""
    incident = await work.get(Incident, timer.subject)
    if incident.closed or not incident.miss(work.now):
        return
    silent = incident.silent()
    alert = Alert(
        id=derived_id("incident_silent", timer.id, timer.due.isoformat()),
        subject=incident.id,
        template="destana.incident_silent",
        values={
            "code": incident.code,
            "hazard": rules.kinds[incident.hazard].name.upper(),
            "place": named(tuple(incident.villages), places),
            "silent": str(len(silent)),
            "asked": str(len(incident.asked)),
            "who": named(tuple(dict.fromkeys(each.place for each in silent if each.place)), places),
        },
        lane=Lane.LIFE_SAFETY,
        expires_at=work.now + TOLD_WITHIN,
        groups=(Group("bpbd_commander", incident.villages[0]),),
    )
    work.record(alert)
