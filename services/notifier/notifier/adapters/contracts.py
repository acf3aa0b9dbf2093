"""Messages that the notifier sends to the bus."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from google.protobuf.duration_pb2 import Duration

from chassis.postgres.outbox import Encode, OutboxRow, Recorded
from kentongan.common.v1 import metadata_pb2, place_pb2
from kentongan.notifier.v1 import contact_pb2, delivery_pb2, field_message_pb2
from notifier.adapters.vault import Vault
from notifier.domain.acknowledgement import Acknowledgement, DeliveryAcknowledged, Via
from notifier.domain.alert import AlertCalledOff, AlertRejected, KeyTaken
from notifier.domain.consent import SourceErased
from notifier.domain.contact import ContactNoted, ContactStated, Grant
from notifier.domain.conversation import ConversationTurned
from notifier.domain.file_import import ImportAdvanced
from notifier.domain.message import Content, FieldMessageRouted
from notifier.domain.phone import PhoneMoved
from notifier.domain.roster import RosterChanged
from wire.alerts import CHANNELS
from wire.field_messages import topic_of
from wire.times import stamp

DELIVERY_TOPIC = "kentongan.notifier.delivery.v1"
CONTACT_TOPIC = "kentongan.notifier.contact.v1"
PACKAGE = "kentongan.notifier.v1."
VIA = {via: delivery_pb2.AcknowledgedVia.Value(f"ACKNOWLEDGED_VIA_{via.name}") for via in Via}


def grant_to_wire(grant: Grant) -> place_pb2.Grant:
    """A grant as the contract has it."""
    return place_pb2.Grant(role=grant.role, place=grant.place)


PRIVATE = (
    ContactNoted,
    ConversationTurned,
    AlertCalledOff,
    KeyTaken,
    PhoneMoved,
    SourceErased,
    ImportAdvanced,
    RosterChanged,
)
"""Events that only save a change."""


def encoder(vault: Vault) -> Encode:
    """Encode the events that use cases record."""

    def encode(event: object, about: Recorded) -> OutboxRow | None:
        if isinstance(event, PRIVATE):
            return None
        match event:
            case ContactStated():
                return _contact_stated(event, about)
            case FieldMessageRouted():
                return _field_message(event, about, vault)
            case DeliveryAcknowledged() | AlertRejected():
                return _about_alert(event, about)
        raise TypeError(f"no message tells of {type(event).__name__}")

    return encode


def _about_alert(event: DeliveryAcknowledged | AlertRejected, about: Recorded) -> OutboxRow:
    if isinstance(event, AlertRejected):
        aggregate = event.alert
        fact = dict[str, Any](alert_rejected=delivery_pb2.AlertRejected(reason=event.reason, value=event.value))
    else:
        aggregate = Acknowledgement.id_of(event.alert, event.contact)
        fact = dict[str, Any](delivery_acknowledged=_acknowledged(event))
    at = about.occurred_at
    return delivery_row(about.event_id, aggregate, event.alert, event.subject, event.template, at, **fact)


def _acknowledged(event: DeliveryAcknowledged) -> delivery_pb2.DeliveryAcknowledged:
    waited = Duration()
    waited.FromTimedelta(event.waited)
    return delivery_pb2.DeliveryAcknowledged(contact_id=str(event.contact), waited=waited, via=VIA[event.via])


def delivery_fact(
    event_id: str, aggregate: str, alert: UUID, subject: UUID, template: str, at: datetime, **fact: Any
) -> delivery_pb2.DeliveryFact:
    """One fact about an alert or a delivery, given as the one field of the contract's `fact`."""
    return delivery_pb2.DeliveryFact(
        metadata=metadata_pb2.Metadata(
            event_id=event_id, aggregate_id=aggregate, occurred_at=stamp(at), cause=str(alert)
        ),
        alert_id=str(alert),
        subject_id=str(subject),
        template=template,
        **fact,
    )


def delivery_row(
    event_id: UUID, aggregate: UUID, alert: UUID, subject: UUID, template: str, at: datetime, **fact: Any
) -> OutboxRow:
    """Tell one fact about an alert or a delivery."""
    message = delivery_fact(str(event_id), str(aggregate), alert, subject, template, at, **fact)
    value = message.SerializeToString()
    return OutboxRow(DELIVERY_TOPIC, str(alert), kind_of(fact), str(aggregate), value, event_id)


def kind_of(fact: Mapping[str, Any]) -> str:
    """The type of the event that tells it."""
    [body] = fact.values()
    return PACKAGE + type(body).__name__


def _contact_stated(event: ContactStated, about: Recorded) -> OutboxRow:
    fact = contact_pb2.ContactFact(
        metadata=_metadata(about, event.contact),
        contact_stated=contact_pb2.ContactStated(
            grants=[grant_to_wire(grant) for grant in event.grants], on_duty=event.on_duty
        ),
    )
    return OutboxRow(
        CONTACT_TOPIC,
        str(event.contact),
        PACKAGE + "ContactStated",
        str(event.contact),
        fact.SerializeToString(),
        about.event_id,
    )


def _field_message(event: FieldMessageRouted, about: Recorded, vault: Vault) -> OutboxRow:
    received = field_message_pb2.FieldMessageReceived(
        contact_id=str(event.contact),
        grants=[grant_to_wire(grant) for grant in event.grants],
        channel=CHANNELS[event.channel],
        received_at=stamp(event.received_at),
        sealed_content=vault.seal_for(event.service, _content(event.content).SerializeToString()),
        in_reply_to_alert=str(event.replied_alert or ""),
    )
    fact = field_message_pb2.FieldMessageFact(
        metadata=_metadata(about, event.message), field_message_received=received
    )
    return OutboxRow(
        topic_of(event.service),
        str(event.contact),
        PACKAGE + "FieldMessageReceived",
        str(event.message),
        fact.SerializeToString(),
        about.event_id,
    )


def _content(content: Content) -> field_message_pb2.FieldContent:
    made = field_message_pb2.FieldContent(text=content.text)
    if content.location:
        made.location.latitude, made.location.longitude = content.location
    if content.photo:
        made.photo.reference, made.photo.media_type = content.photo.reference, content.photo.media_type
    return made


def _metadata(about: Recorded, aggregate: UUID) -> metadata_pb2.Metadata:
    return metadata_pb2.Metadata(
        event_id=str(about.event_id),
        aggregate_id=str(aggregate),
        aggregate_version=about.aggregate_version,
        occurred_at=stamp(about.occurred_at),
        cause=str(about.cause or ""),
    )
