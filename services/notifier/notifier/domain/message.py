"""What came in from a phone."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.kernel.aggregate import Aggregate
from notifier.domain.channel import Channel
from notifier.domain.contact import Grant


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo that the carrier keeps for us."""

    reference: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Content:
    """What the person sent: words (typed, under a photo, or of a button), a place, a photo."""

    text: str = ""
    location: tuple[float, float] | None = None
    photo: Picture | None = None

    @property
    def has_media(self) -> bool:
        """Whether there is more than words."""
        return self.location is not None or self.photo is not None

    def joined(self, earlier: "Content") -> "Content":
        """These words, with the place and photo that came before where there is none here."""
        return Content(self.text, self.location or earlier.location, self.photo or earlier.photo)


@dataclass(frozen=True, slots=True)
class FieldMessageRouted:
    """A message belongs to a service. The content is sealed for it on its way out."""

    message: UUID
    contact: UUID
    grants: tuple[Grant, ...]
    channel: Channel
    received_at: datetime
    content: Content
    service: str
    replied_alert: UUID | None


@dataclass(slots=True, eq=False)
class Message(Aggregate):
    """Remembered without what it said: who, when, to whom, and the carrier's id for answering."""

    contact: UUID
    channel: Channel
    carrier_id: str
    service: str
    route: str
    received_at: datetime
