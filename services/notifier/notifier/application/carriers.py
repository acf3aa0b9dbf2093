"""The port to the carriers: what they are given, what they answer, and what they bring in.

How it is used (agreed with those who write lanes and inbound routing):

* `submit` returns only when the carrier has taken every part. Whatever it raises says what to do next; anything else
  that escapes is a bug. A carrier does not retry, pace or choose: the lane does. It never sends twice by itself.
* Ids in `Accepted` and in `Receipt.candidates` are written the same way, so plain equality finds the delivery. Take
  the first candidate that is known *and* whose recipient fits: hex and decimal ids can collide. A receipt may come
  before `submit` returned, on another bind, twice, or never.
* A `Sink` method returns only when what it was given is safe in Kafka or PostgreSQL; the carrier is answered after
  that. If it raises, the carrier is told "not now" and brings the same thing again. So the sink must bear repeats.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, NamedTuple, Protocol, runtime_checkable
from uuid import UUID

from chassis.kernel.errors import KentonganError
from notifier.domain.channel import Channel as Channel  # noqa: PLC0414 - users of the port take it from here
from notifier.domain.lane import Lane
from notifier.domain.text.fragment import Fragment

# --- what goes out ---


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


# --- what a carrier may say instead ---


class CarrierError(KentonganError):
    """The root of what `submit` raises. `reason` is one short stable word, fit for a metric and for DeliveryFailed.

    `accepted`: ids of the parts that were taken before it happened. `alarm`: an operator should hear of it.
    `code`: what the carrier itself said, for the log.
    """

    default_reason: ClassVar[str] = "carrier_error"

    def __init__(
        self, reason: str = "", *, code: str = "", alarm: bool = False, accepted: tuple[str, ...] = ()
    ) -> None:
        super().__init__(reason or self.default_reason)
        self.reason = reason or self.default_reason
        self.code = code
        self.alarm = alarm
        self.accepted = accepted


class Scope(StrEnum):
    """Who has to wait."""

    CARRIER = "carrier"
    PERSON = "person"


class Throttled(CarrierError):  # noqa: N818 - the class names what to do, as the platform's words say
    """Certainly not sent. Send nothing (to this carrier, or to this person) for `retry_after`; try again."""

    default_reason = "throttled"

    def __init__(
        self,
        retry_after: timedelta,
        reason: str = "",
        *,
        scope: Scope = Scope.CARRIER,
        code: str = "",
        alarm: bool = False,
        accepted: tuple[str, ...] = (),
    ) -> None:
        super().__init__(reason, code=code, alarm=alarm, accepted=accepted)
        self.retry_after = retry_after
        self.scope = scope


class TryLater(CarrierError):  # noqa: N818 - as above
    """Try again with back-off. `ambiguous`: it may have been sent (time-out, lost link): the lane decides."""

    default_reason = "try_later"

    def __init__(
        self,
        reason: str = "",
        *,
        ambiguous: bool,
        code: str = "",
        alarm: bool = False,
        accepted: tuple[str, ...] = (),
    ) -> None:
        super().__init__(reason, code=code, alarm=alarm, accepted=accepted)
        self.ambiguous = ambiguous


class CarrierDown(CarrierError):  # noqa: N818 - as above
    """Certainly not sent: there is no link. Open the circuit, use another carrier; `up` tells when it is back."""

    default_reason = "carrier_down"


class Unreachable(CarrierError):  # noqa: N818 - as above
    """The person cannot be reached on this channel: fall back to the next one, do not try this one again."""

    default_reason = "unreachable"


class NeedsTemplate(CarrierError):  # noqa: N818 - as above
    """The 24 hours are over: send the same as a template."""

    default_reason = "needs_template"


class RejectedForGood(CarrierError):  # noqa: N818 - as above
    """The message will never be taken as it is; `alarm` is set where the fault is ours or the account's."""

    default_reason = "rejected"


class ChannelStopped(CarrierError):  # noqa: N818 - as above
    """The carrier refuses us altogether (token, permission, bind): stop it and call an operator."""

    default_reason = "channel_stopped"


class Carrier(Protocol):
    """A company or device that carries a channel. One object may hold several links; it is shared by all lanes."""

    @property
    def name(self) -> str:
        """As configured; stable, at most 64 characters."""

    @property
    def channel(self) -> Channel:
        """What it carries."""

    @property
    def up(self) -> bool:
        """Whether it would take something now. WhatsApp: always, until an answer says otherwise."""

    def cost(self, outgoing: Outgoing) -> int:
        """How many tokens of the carrier's budget it takes: SMS parts still to send; WhatsApp 1.

        Raises RejectedForGood where it cannot be written at all (too many parts).
        """

    async def start(self) -> None:
        """Begin to connect and return at once; `up` turns true when the link stands."""

    async def stop(self) -> None:
        """Let what is in flight be answered (bounded by a setting), then close. `submit` raises CarrierDown after."""

    async def submit(self, outgoing: Outgoing) -> Accepted:
        """Send it. Waits, by lane, for a slot of the carrier's window. Raises a CarrierError that says what to do."""


Answer = Accepted | Exception
"""What `submit` gave or raised."""


@runtime_checkable
class Bulk(Protocol):
    """A carrier to which many at once cost less than one after another."""

    async def submit_all(self, outgoings: Sequence[Outgoing]) -> list[Answer]:
        """Send messages of one lane, each as `submit` would; gives what that would give or raise, in their order."""


async def submit_all(carrier: Carrier, outgoings: Sequence[Outgoing]) -> list[Answer]:
    """Send messages of one lane through any carrier, all at the same time. Never raises; answers in their order."""
    if not outgoings:
        return []
    if isinstance(carrier, Bulk):
        return await carrier.submit_all(outgoings)
    return await each_of([carrier.submit(outgoing) for outgoing in outgoings])


async def each_of(submitting: Sequence[Awaitable[Accepted]]) -> list[Answer]:
    """What each of them gives or raises."""
    return await asyncio.gather(*[_answer(one) for one in submitting])


async def _answer(submitting: Awaitable[Accepted]) -> Answer:
    try:
        return await submitting
    except Exception as error:  # noqa: BLE001 - whoever asked says what follows from it
        return error


@runtime_checkable
class Linked(Protocol):
    """A carrier that keeps links of its own: one can break while nothing is sent."""

    @property
    def fault(self) -> CarrierError | None:
        """Why the last link ended, or did not come to be; another object each time. None: nothing happened yet."""


# --- what comes in ---


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
