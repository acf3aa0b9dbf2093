"""What a service says to people through the notifier, in the platform's words and without any contract.

A use case records an Alert or a Reply on its work unit; `wire.alerts` turns it into the notifier's contract.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from uuid import UUID

REPLY_LIFE = timedelta(hours=12)  # an answer that comes later than this answers nothing


class Lane(Enum):
    """How urgent. Each lane has its own topic and workers."""

    LIFE_SAFETY = "life-safety"
    URGENT = "urgent"
    ROUTINE = "routine"


class Channel(StrEnum):
    """The way a message came or goes."""

    SMS = "sms"
    WHATSAPP = "whatsapp"


@dataclass(frozen=True, slots=True)
class Group:
    """Everybody who holds a role: `within` the place, or (by default) at a place that equals or contains it."""

    role: str
    place: str
    within: bool = False


@dataclass(frozen=True, slots=True)
class Alert:
    """Who should know what, how urgently. `subject` is what it is about: alerts of one subject keep their order."""

    id: UUID
    subject: UUID
    template: str
    values: Mapping[str, str]
    lane: Lane
    expires_at: datetime
    groups: tuple[Group, ...] = ()
    contacts: tuple[UUID, ...] = ()
    acknowledge_by: datetime | None = None
    deduplication_key: str = ""


@dataclass(frozen=True, slots=True)
class CancelAlert:
    """An alert is over: who was not told yet is not told any more. `subject` and `lane` are the alert's own.

    `reason` is for the operator, without personal data. `template` with its `values` tells exactly those who got the
    alert that it is over; without one nobody is told.
    """

    alert: UUID
    subject: UUID
    lane: Lane
    reason: str
    template: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UpdateAlert:
    """Something else holds now: who got the alert gets this as well, who did not get it yet gets only this.

    `alert`, `subject` and `lane` are those of the alert as it was raised, however often it was updated.
    """

    alert: UUID
    subject: UUID
    lane: Lane
    template: str
    values: Mapping[str, str]
    expires_at: datetime
    acknowledge_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class Button:
    """A button under a WhatsApp message; pressing it is typing `payload`. `title` has 20 characters at most."""

    title: str
    payload: str


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one field message, on the channel by which it came. `id` follows from the message's id."""

    id: UUID
    message: UUID
    contact: UUID
    channel: Channel
    text: str
    expires_at: datetime
    lane: Lane = Lane.URGENT
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True)
class RoleAt:
    """A role that the sender holds at a place."""

    role: str
    place: str


@dataclass(frozen=True, slots=True)
class FieldMessage:
    """What a person sent: text (also of a button pressed), a shared location, a photo."""

    id: UUID
    contact: UUID
    grants: tuple[RoleAt, ...]
    channel: Channel
    received_at: datetime
    text: str = ""
    location: tuple[float, float] | None = None
    photo: str | None = field(default=None)
    in_reply_to: UUID | None = None

    def places(self, *roles: str) -> tuple[str, ...]:
        """Where the sender holds one of the roles."""
        return tuple(grant.place for grant in self.grants if grant.role in roles)
