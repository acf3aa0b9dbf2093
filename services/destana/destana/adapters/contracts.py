"""From what happened to the messages that tell of it (proto/kentongan/destana/v1)."""

from collections.abc import Callable
from typing import Any

from chassis.kernel.draft import DraftDropped, DraftKept
from chassis.postgres.outbox import Encode, OutboxRow, Recorded
from destana.domain import events
from destana.domain.hazard import Hazard
from kentongan.destana.v1 import incident_pb2 as pb
from wire.alerts import TOLD, encode_told
from wire.facts import row

PACKAGE = "kentongan.destana.v1"
REPORT_TOPIC = "kentongan.destana.report.v1"
INCIDENT_TOPIC = "kentongan.destana.incident.v1"

HAZARDS = {hazard: pb.Hazard.Value(f"HAZARD_{hazard.name}") for hazard in Hazard}


def _reported(event: events.HazardReported) -> pb.HazardReportFact:
    fact = pb.HazardReportFact()
    reported = fact.hazard_reported
    reported.hazard, reported.village = HAZARDS[event.hazard], event.village
    reported.reporter_id = str(event.reporter)
    if event.depth_cm is not None:
        reported.depth_cm = event.depth_cm
    if event.point is not None:
        reported.point.latitude, reported.point.longitude = event.point
    return fact


def _confirmed(event: events.IncidentConfirmed, fact: pb.IncidentFact) -> None:
    confirmed = fact.incident_confirmed
    confirmed.code, confirmed.hazard = event.code, HAZARDS[event.hazard]
    confirmed.villages.extend(event.villages)
    confirmed.reporters, confirmed.depth_cm = event.reporters, event.depth_cm


def _reinforced(event: events.IncidentReinforced, fact: pb.IncidentFact) -> None:
    reinforced = fact.incident_reinforced
    reinforced.village, reinforced.reporters = event.village, event.reporters
    reinforced.new_village = event.new_village


def _acknowledged(event: events.IncidentAcknowledged, fact: pb.IncidentFact) -> None:
    fact.incident_acknowledged.contact_id = str(event.contact)


def _missing(event: events.AcknowledgementsMissing, fact: pb.IncidentFact) -> None:
    fact.acknowledgements_missing.contact_ids.extend(str(contact) for contact in event.contacts)


OF_INCIDENTS: dict[type, Callable[[Any, pb.IncidentFact], None]] = {
    events.IncidentConfirmed: _confirmed,
    events.IncidentReinforced: _reinforced,
    events.IncidentAcknowledged: _acknowledged,
    events.AcknowledgementsMissing: _missing,
}


# Changes that the bus hears of otherwise, or not at all.
UNTOLD = (
    DraftKept,
    DraftDropped,
    events.SightingsAssigned,
    events.AnswerExpected,
)


def encoder(notifier_key: bytes) -> Encode:
    """Give the function that makes messages of events. `notifier_key`: the notifier's public sealing key."""

    def encode(event: object, about: Recorded) -> OutboxRow | None:
        if isinstance(event, UNTOLD):
            return None
        if isinstance(event, TOLD):
            return encode_told(event, about, notifier_key)
        if isinstance(event, events.HazardReported):
            of_report = about._replace(aggregate_id=event.report)
            return row(_reported(event), event, of_report, topic=REPORT_TOPIC, package=PACKAGE, key=event.watch)
        fact = pb.IncidentFact()
        OF_INCIDENTS[type(event)](event, fact)
        return row(fact, event, about, topic=INCIDENT_TOPIC, package=PACKAGE)

    return encode
