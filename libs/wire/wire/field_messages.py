"""Field messages, from the notifier's contract to the kernel's words."""

from types import MappingProxyType

from google.protobuf.message import DecodeError

from chassis.auth.sealing import unseal
from chassis.kernel.alert import Channel, FieldMessage, RoleAt
from chassis.kernel.errors import Poison
from chassis.postgres.uuids import as_id
from kentongan.notifier.v1 import channel_pb2, field_message_pb2
from wire.times import time_of

CHANNELS = MappingProxyType({channel_pb2.CHANNEL_SMS: Channel.SMS, channel_pb2.CHANNEL_WHATSAPP: Channel.WHATSAPP})


def topic_of(service: str) -> str:
    """The topic on which a service gets its field messages."""
    return f"kentongan.notifier.field-message.{service}.v1"


def open_message(fact: field_message_pb2.FieldMessageFact, private_key: bytes) -> FieldMessage:
    """Unseal and read a message. Raises Poison when it was not sealed for this key or holds no content."""
    received = fact.field_message_received
    content = _content(received.sealed_content, private_key)
    return FieldMessage(
        id=as_id(fact.metadata.aggregate_id),
        contact=as_id(received.contact_id),
        grants=tuple(RoleAt(grant.role, grant.place) for grant in received.grants),
        channel=CHANNELS[received.channel],
        received_at=time_of(received.received_at),
        text=content.text,
        location=(content.location.latitude, content.location.longitude) if content.HasField("location") else None,
        photo=content.photo.reference if content.HasField("photo") else None,
        in_reply_to=as_id(received.in_reply_to_alert) if received.in_reply_to_alert else None,
    )


def _content(sealed: bytes, private_key: bytes) -> field_message_pb2.FieldContent:
    try:
        return field_message_pb2.FieldContent.FromString(unseal(private_key, sealed))
    except DecodeError as error:
        raise Poison("no_field_content") from error
