"""What carriers bring in: receipts, words of people, news; and where it goes.

A `Sink` method returns only when what it was given is safe in Kafka or PostgreSQL; its carrier is answered then.
If it raises, the carrier is told "not now" and brings the same thing again. So the sink must bear repeats.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from notifier.application.carrier_errors import CarrierError
from notifier.domain.text.fragment import Fragment

EXPECTED = timedelta(hours=1)
"""So long after an answer that may have been lost the same bytes are the carrier's repeat, then somebody's own."""


class ReceiptState(StrEnum):
    """What became of a message, as the carrier tells it. States may come out of order: take the furthest."""

    SENT = "sent"  # on its way (SMPP ENROUTE, ACCEPTD; WhatsApp sent)
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Receipt:
    """One carrier's word on one part of one message."""

    carrier: str
    candidates: tuple[str, ...]  # ids to look for, best first, written as in Accepted
    state: ReceiptState
    recipient: str = ""  # E.164 with plus where the carrier said it
    at: datetime | None = None  # as the carrier says, in UTC; SMS centres are often wrong
    delivery_id: UUID | None = None  # where the carrier hands it back (WhatsApp): then no look-up is needed
    failure: CarrierError | None = None  # set when FAILED: what to do, the same words as `submit` would have raised


@dataclass(frozen=True, slots=True)
class IncomingSms:
    """A short message from a phone, or one part of one: then `fragment` is set and `text` is that part alone."""

    carrier: str
    source: str  # as the carrier wrote it; may be a name
    destination: str
    text: str
    fragment: Fragment | None = None
    fingerprint: str = ""  # SMS has no id: equal for the same bytes from the same phone; repeats look so too
    may_repeat: bool = False  # the same bytes came before, and our answer to them may have been lost


@dataclass(frozen=True, slots=True)
class Location:
    """A pin."""

    latitude: float
    longitude: float
    name: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Media:
    """A photo, recording or document by reference; the bytes stay with the carrier until somebody asks."""

    id: str
    mime_type: str = ""
    sha256: str = ""
    caption: str = ""


@dataclass(frozen=True, slots=True)
class IncomingWhatsApp:
    """A message from a WhatsApp user. The same `id` may come again."""

    carrier: str
    id: str
    kind: str  # WhatsApp's type: text, button, interactive, location, image, sticker, reaction, unsupported, ...
    sender_phone: str | None  # E.164 with plus; None where only the user id is told
    sender_user_id: str | None
    at: datetime
    profile_name: str = ""
    text: str = ""  # typed words, a caption, or the title of the pressed button
    payload: str | None = None  # of the pressed button: handle it as typed words
    reply_to: str | None = None  # id of our message that is answered or was pressed on
    location: Location | None = None
    media: Media | None = None
    to_phone_number_id: str = ""


Incoming = IncomingSms | IncomingWhatsApp


@dataclass(frozen=True, slots=True)
class Quarantined:
    """Something that cannot be understood. Store it with its reason; it never stops the rest."""

    carrier: str
    reason: str  # one short stable word
    raw: bytes  # at most 64 KiB of it; personal data: seal or encrypt
    detail: str = field(default="")


@dataclass(frozen=True, slots=True)
class Notice:
    """News about the account: a template approved or paused, quality or limit changed, a person's number changed."""

    carrier: str
    kind: str  # WhatsApp's change field (message_template_status_update, ...) or `user_changed_number`
    body: str  # JSON as it came


class Sink(Protocol):
    """Where what comes in goes. See the module's first lines for what returning means."""

    async def on_receipt(self, receipts: Sequence[Receipt]) -> None:
        """Receipts that came together, in order."""

    async def on_message(self, message: Incoming) -> None:
        """A person wrote. Called again before it returned when several come together, in their order."""

    async def on_quarantine(self, spoiled: Quarantined) -> None:
        """Something malformed came."""

    async def on_notice(self, notice: Notice) -> None:
        """News about the account."""
