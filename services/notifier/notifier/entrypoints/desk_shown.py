"""What officers of the service desk see, in the contract's words."""

from collections.abc import Iterable
from datetime import timedelta

from kentongan.common.v1 import place_pb2
from kentongan.notifier.v1 import alert_service_pb2 as alerts
from kentongan.notifier.v1 import channel_pb2, field_message_pb2
from kentongan.notifier.v1 import desk_service_pb2 as pb
from notifier.application.desk_views import Said, Standing
from notifier.domain.channel import Channel
from notifier.domain.contact import Grant
from notifier.domain.desk import DeskState
from notifier.domain.message import Content
from notifier.entrypoints.operator_queries import STATES as DELIVERY_STATES
from wire.alerts import CHANNELS
from wire.times import stamp

STATES = {state: pb.DeskState.Value(f"DESK_STATE_{state.name}") for state in DeskState}
ASKED = {number: state for state, number in STATES.items()}


def conversation(one: Standing, window: timedelta) -> pb.DeskConversation:
    """A conversation; `window` is how long WhatsApp takes free text after a message."""
    return pb.DeskConversation(
        contact_id=str(one.contact),
        state=STATES[one.state],
        officer_id=str(one.officer or ""),
        officer_name=one.officer_name,
        waiting_since=stamp(one.since),
        last_word_at=stamp(one.word_at),
        answered=one.answered,
        channel=_channel(one.channel),
        whatsapp_open_until=stamp(one.whatsapp_at + window if one.whatsapp_at else None),
    )


def message(said: Said) -> pb.DeskMessage:
    """Something said, and what became of it."""
    one = said.message
    return pb.DeskMessage(
        message_id=str(one.id),
        officer_id=str(one.officer or ""),
        channel=_channel(one.channel),
        content=_content(one.content),
        at=stamp(one.at),
        delivery=alerts.DELIVERY_STATE_UNSPECIFIED if said.state is None else DELIVERY_STATES[said.state],
        reason=said.reason,
    )


def grants(held: Iterable[Grant]) -> list[place_pb2.Grant]:
    """A person's roles."""
    return [place_pb2.Grant(role=grant.role, place=grant.place) for grant in sorted(held)]


def _channel(channel: Channel | None) -> channel_pb2.Channel.ValueType:
    return CHANNELS[channel] if channel else channel_pb2.CHANNEL_UNSPECIFIED


def _content(content: Content) -> field_message_pb2.FieldContent:
    shown = field_message_pb2.FieldContent(text=content.text)
    if content.location is not None:
        latitude, longitude = content.location
        shown.location.CopyFrom(place_pb2.Point(latitude=latitude, longitude=longitude))
    if content.photo is not None:
        photo = content.photo
        shown.photo.CopyFrom(field_message_pb2.Photo(reference=photo.reference, media_type=photo.media_type))
    return shown
