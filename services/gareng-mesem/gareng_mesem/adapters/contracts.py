"""From what happened to the messages that tell of it (proto/kentongan/gareng_mesem/v1)."""

from collections.abc import Callable
from typing import Any

from chassis.kernel.draft import DraftDropped, DraftKept
from chassis.postgres.outbox import Encode, OutboxRow, Recorded
from gareng_mesem.domain import events
from gareng_mesem.domain.waste import Category, Size
from kentongan.gareng_mesem.v1 import report_pb2 as pb
from wire.alerts import TOLD, encode_told
from wire.facts import row
from wire.times import put_time

PACKAGE = "kentongan.gareng_mesem.v1"
REPORT_TOPIC = "kentongan.gareng-mesem.report.v1"
PICKUP_TOPIC = "kentongan.gareng-mesem.pickup.v1"

CATEGORIES = {category: pb.Category.Value(f"CATEGORY_{category.name}") for category in Category}
SIZES = {size: pb.Size.Value(f"SIZE_{size.name}") for size in Size}

Fill = Callable[[Any, Any], None]


def _placed(event: events.ReportPlaced, fact: pb.ReportFact) -> None:
    placed = fact.report_placed
    placed.code, placed.village = event.code, event.village
    placed.category, placed.size = CATEGORIES[event.category], SIZES[event.size]
    if event.point is not None:
        placed.point.latitude, placed.point.longitude = event.point


def _merged(event: events.ReportMerged, fact: pb.ReportFact) -> None:
    fact.report_merged.code, fact.report_merged.pickup_id = event.code, str(event.pickup)


def _resolved(event: events.ReportResolved, fact: pb.ReportFact) -> None:
    fact.report_resolved.pickup_id = str(event.pickup)


def _disputed(event: events.ReportDisputed, fact: pb.ReportFact) -> None:
    fact.report_disputed.times = event.times


def _requested(event: events.PickupRequested, fact: pb.PickupFact) -> None:
    requested = fact.pickup_requested
    requested.code, requested.report_id, requested.village = event.code, str(event.report), event.village
    requested.category = CATEGORIES[event.category]
    put_time(requested.target_at, event.target_at)


def _offered(event: events.PickupOffered, fact: pb.PickupFact) -> None:
    fact.pickup_offered.collector_id = str(event.collector)
    put_time(fact.pickup_offered.until, event.until)


def _accepted(event: events.PickupAccepted, fact: pb.PickupFact) -> None:
    fact.pickup_accepted.collector_id = str(event.collector)


def _refused(event: events.PickupRefused, fact: pb.PickupFact) -> None:
    fact.pickup_refused.collector_id = str(event.collector)


def _expired(event: events.PickupOfferExpired, fact: pb.PickupFact) -> None:
    fact.pickup_offer_expired.collector_id = str(event.collector)


def _unassigned(event: events.PickupUnassigned, fact: pb.PickupFact) -> None:
    fact.pickup_unassigned.SetInParent()
    fact.pickup_unassigned.asked = event.asked


def _done(event: events.PickupDone, fact: pb.PickupFact) -> None:
    fact.pickup_done.collector_id, fact.pickup_done.volume_m3 = str(event.collector), event.volume_m3


def _reopened(event: events.PickupReopened, fact: pb.PickupFact) -> None:
    fact.pickup_reopened.report_id = str(event.report)


def _late(event: events.PickupLate, fact: pb.PickupFact) -> None:
    put_time(fact.pickup_late.target_at, event.target_at)


OF_REPORTS: dict[type, Fill] = {
    events.ReportPlaced: _placed,
    events.ReportMerged: _merged,
    events.ReportResolved: _resolved,
    events.ReportDisputed: _disputed,
}
OF_PICKUPS: dict[type, Fill] = {
    events.PickupRequested: _requested,
    events.PickupOffered: _offered,
    events.PickupAccepted: _accepted,
    events.PickupRefused: _refused,
    events.PickupOfferExpired: _expired,
    events.PickupUnassigned: _unassigned,
    events.PickupDone: _done,
    events.PickupReopened: _reopened,
    events.PickupLate: _late,
}


# Changes that the bus hears of otherwise, or not at all.
UNTOLD = (
    DraftKept,
    DraftDropped,
    events.PickupJoined,
    events.PickupLocated,
    events.ReportCompleted,
    events.CollectorStated,
)


def encoder(notifier_key: bytes) -> Encode:
    """Give the function that makes messages of events. `notifier_key`: the notifier's public sealing key."""

    def encode(event: object, about: Recorded) -> OutboxRow | None:
        if isinstance(event, UNTOLD):
            return None
        if isinstance(event, TOLD):
            return encode_told(event, about, notifier_key)
        if fill := OF_REPORTS.get(type(event)):
            fact = pb.ReportFact()
            fill(event, fact)
            return row(fact, event, about, topic=REPORT_TOPIC, package=PACKAGE)
        pickup_fact = pb.PickupFact()
        OF_PICKUPS[type(event)](event, pickup_fact)
        return row(pickup_fact, event, about, topic=PICKUP_TOPIC, package=PACKAGE)

    return encode
