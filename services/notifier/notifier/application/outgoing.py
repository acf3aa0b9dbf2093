"""What carriers are given to send, and their word that they have it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from notifier.domain.lane import Lane


@dataclass(frozen=True, slots=True)
class Button:
    """A button under a WhatsApp text. `payload` comes back as if the person had typed it."""

    payload: str  # at most 256 characters
    title: str  # at most 20 characters


@dataclass(frozen=True, slots=True)
class PlainText:
    """Words as they are. On WhatsApp only inside the 24 hours that a message of the person opened."""

    text: str
    buttons: tuple[Button, ...] = ()  # WhatsApp only, at most 3; SMS leaves them out: the words must say what to type


@dataclass(frozen=True, slots=True)
class TemplateMessage:
    """An approved WhatsApp template with its values."""

    name: str
    language: str  # "id"
    parameters: tuple[str, ...] = ()  # of the body, in order
    payloads: tuple[str, ...] = ()  # of the quick-reply buttons, in order


class Outgoing(NamedTuple):
    """One message for one phone."""

    delivery_id: UUID  # the same on every attempt: parts of a repeated long message keep their reference
    to: str  # E.164 with plus; on WhatsApp also a user id as `IncomingWhatsApp.sender_user_id` gave it
    content: PlainText | TemplateMessage
    valid_for: timedelta | None = None  # SMS: the carrier gives up after this
    reply_to: str | None = None  # WhatsApp: id of the message that is answered
    already_accepted: tuple[str, ...] = ()  # SMS: ids of the first parts, from an earlier error's `accepted`
    lane: Lane = Lane.URGENT  # who goes first where the carrier's slots are taken


class Accepted(NamedTuple):
    """The carrier has it. One id per part (WhatsApp: one). `carrier` is set where several could have taken it."""

    carrier_message_ids: tuple[str, ...]
    carrier: str = ""
