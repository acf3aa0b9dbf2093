"""The notifier tells whom it cannot reach; a facility that hears nothing is not waited for."""

from uuid import UUID

from chassis.kafka.headers import Envelope
from chassis.kafka.subscription import Subscription
from chassis.postgres.step import Step
from kentongan.notifier.v1.delivery_pb2 import DeliveryFact
from telponi.application.skip_unreached import SkipUnreached, skip_unreached
from telponi.application.tell import OFFERED
from telponi.application.world import World
from telponi.domain.pregnancy import Pregnancy
from telponi.domain.referral import Referral

TOPIC = "kentongan.notifier.delivery.v1"
TEMPLATE = f"telponi.{OFFERED}"

# What becomes of the copies is the notifier's business: while one may arrive, the offer's clock decides.
IGNORED = frozenset(
    {
        "alert_planned",
        "alert_progressed",
        "alert_completed",
        "delivery_planned",
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
HANDLED = frozenset({"alert_rejected"})


def subscription(world: World) -> Subscription[DeliveryFact]:
    """Read the notifier's deliveries."""
    return Subscription(TOPIC, DeliveryFact, lambda fact, envelope: to_step(fact, envelope, world))


def to_step(fact: DeliveryFact, envelope: Envelope, world: World) -> Step[None] | None:
    """Ask the next facility, whatever the reason: nobody heard of the offer."""
    if fact.template != TEMPLATE or fact.WhichOneof("fact") not in HANDLED:
        return None
    command = SkipUnreached(UUID(fact.alert_id), UUID(fact.subject_id))
    return Step(
        id=envelope.event_id,
        handle=lambda work: skip_unreached(command, work, world),
        needs=((Pregnancy, command.pregnancy),),
        key=envelope.key,
        traceparent=envelope.traceparent,
        finds=((Referral, "pregnancy", command.pregnancy),),
    )
