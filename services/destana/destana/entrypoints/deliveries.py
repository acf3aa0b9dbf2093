"""The notifier tells who is alerted; those who should answer are expected to."""

from uuid import UUID

from chassis.kafka.headers import Envelope
from chassis.kafka.subscription import Subscription
from chassis.postgres.step import Step
from destana.application.note_alerted import NoteAlerted, note_alerted
from destana.domain.incident import Incident
from kentongan.notifier.v1.delivery_pb2 import DeliveryFact

TOPIC = "kentongan.notifier.delivery.v1"
TEMPLATE = "destana.incident"

# What becomes of a delivery is the notifier's business; only who is alerted matters here.
IGNORED = frozenset(
    {
        "alert_planned",
        "alert_rejected",
        "delivery_sent",
        "delivery_delivered",
        "delivery_read",
        "delivery_rerouted",
        "delivery_failed",
        "delivery_dropped",
        "delivery_acknowledged",
        "alert_escalated",
        "alert_unacknowledged",
    }
)
HANDLED = frozenset({"delivery_planned"})


def to_step(fact: DeliveryFact, envelope: Envelope) -> Step[None] | None:
    """Put the person on the incident's list."""
    if fact.template != TEMPLATE or fact.WhichOneof("fact") not in HANDLED:
        return None
    planned = fact.delivery_planned
    command = NoteAlerted(UUID(fact.subject_id), UUID(planned.contact_id), planned.grant.role, planned.grant.place)
    return Step(
        envelope.event_id, lambda work: note_alerted(command, work), ((Incident, command.incident),), envelope.key
    )


def subscription() -> Subscription[DeliveryFact]:
    """Read the notifier's deliveries."""
    return Subscription(TOPIC, DeliveryFact, to_step)
