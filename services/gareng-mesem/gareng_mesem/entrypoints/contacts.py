"""The notifier tells who holds which role where; collectors are kept."""

from uuid import UUID

from chassis.kafka.headers import Envelope
from chassis.kafka.subscription import Subscription
from chassis.postgres.step import Step
from gareng_mesem.application.state_collector import StateCollector, state_collector
from gareng_mesem.domain.collector import Collector
from kentongan.notifier.v1.contact_pb2 import ContactFact

TOPIC = "kentongan.notifier.contact.v1"
ROLE = "collector"


def subscription(region: str) -> Subscription[ContactFact]:
    """Read the notifier's contacts. `region` is the region's code."""
    return Subscription(TOPIC, ContactFact, lambda fact, envelope: to_step(fact, envelope, region))


def to_step(fact: ContactFact, envelope: Envelope, region: str) -> Step[None]:
    """Keep the contact's places as a collector."""
    stated = fact.contact_stated
    places = tuple(grant.place for grant in stated.grants if grant.role == ROLE)
    command = StateCollector(UUID(fact.metadata.aggregate_id), places, stated.on_duty)
    needs = ((Collector, command.contact),)
    return Step(envelope.event_id, lambda work: state_collector(command, work, region), needs, envelope.key)
