"""The notifier tells who is alerted and should answer, and who has answered."""

from collections.abc import Awaitable, Callable
from datetime import UTC
from uuid import UUID

from chassis.kafka.headers import Envelope
from chassis.kafka.subscription import Subscription
from chassis.kernel.work import Work
from chassis.postgres.step import Step
from destana.application.note_alerted import NoteAlerted, note_alerted
from destana.application.note_answered import NoteAnswered, note_answered
from destana.domain.incident import Incident
from kentongan.notifier.v1.delivery_pb2 import DeliveryFact

TOPIC = "kentongan.notifier.delivery.v1"
TEMPLATE = "destana.incident"

# What becomes of a delivery is the notifier's business; only who is alerted, and who has answered, matters here.
IGNORED = frozenset(
    {
        "alert_planned",
        "alert_progressed",
        "alert_completed",
        "alert_rejected",
        "alert_escalated",
        "alert_unacknowledged",
        "delivery_sent",
        "delivery_delivered",
        "delivery_read",
        "delivery_rerouted",
        "delivery_failed",
        "delivery_dropped",
    }
)
HANDLED = frozenset({"delivery_planned", "delivery_acknowledged"})


def to_step(fact: DeliveryFact, envelope: Envelope) -> Step[None] | None:
    """Put the person on the incident's list, or take the answer."""
    kind = fact.WhichOneof("fact")
    if fact.template != TEMPLATE or kind not in HANDLED:
        return None
    handle = _asked(fact) if kind == "delivery_planned" else _answered(fact)
    return Step(envelope.event_id, handle, ((Incident, UUID(fact.subject_id)),), envelope.key)


def _asked(fact: DeliveryFact) -> Callable[[Work], Awaitable[None]]:
    planned = fact.delivery_planned
    command = NoteAlerted(UUID(fact.subject_id), UUID(planned.contact_id), planned.grant.role, planned.grant.place)
    return lambda work: note_alerted(command, work)


def _answered(fact: DeliveryFact) -> Callable[[Work], Awaitable[None]]:
    at = fact.metadata.occurred_at.ToDatetime(UTC)
    command = NoteAnswered(UUID(fact.subject_id), UUID(fact.delivery_acknowledged.contact_id), at)
    return lambda work: note_answered(command, work)


def subscription() -> Subscription[DeliveryFact]:
    """Read the notifier's deliveries."""
    return Subscription(TOPIC, DeliveryFact, to_step)
