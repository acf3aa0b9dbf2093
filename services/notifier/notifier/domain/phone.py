"""Further phones of a contact: messages from them are the contact's, messages to the contact go to its first."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.kernel.aggregate import Aggregate
from chassis.kernel.ids import derived_id

MOST_FURTHER = 5
"""Phones of one contact besides the first."""


@dataclass(frozen=True, slots=True)
class PhoneMoved:
    """A number got or lost its holder; nobody else's business."""

    phone: UUID


@dataclass(slots=True, eq=False)
class FurtherPhone(Aggregate):
    """A number (E.164 with plus) and whose it is. `contact` is None, and `number` empty, once it was taken away."""

    contact: UUID | None
    number: str
    since: datetime

    @staticmethod
    def id_of(digest: bytes) -> UUID:
        """The id follows from the number's keyed hash: two contacts that claim it at the same time meet here."""
        return derived_id("contact-phone", digest.hex())

    def take(self, contact: UUID, number: str, at: datetime) -> None:
        """Belong to a contact."""
        self.contact, self.number, self.since = contact, number, at
        self.record(PhoneMoved(self.id))

    def release(self) -> None:
        """Belong to nobody."""
        self.contact, self.number = None, ""
        self.record(PhoneMoved(self.id))
