"""What the workers need from outside: deliveries as they are stored, texts as they are read, waking one another."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from notifier.domain.channel import Channel
from notifier.domain.delivery import Next
from notifier.domain.lane import Lane
from notifier.domain.template import Fault, Rendered


class Texts(Protocol):
    """The region pack's texts."""

    def fault(self, name: str, values: Mapping[str, str]) -> Fault | None:
        """Why these values cannot be sent with this text; None: they can."""

    def render(self, name: str, values: Mapping[str, str], language: str = "id") -> Rendered:
        """The text with values that `fault` found right; Indonesian where it is not written in the language."""

    def service_of(self, name: str) -> str | None:
        """Whose text it is; None where any service may send it."""


class Envelopes(Protocol):
    """Opens and closes what is personal."""

    def digest(self, number: str) -> bytes:
        """The keyed hash under which a phone or user id is found."""

    def open_values(self, sealed: bytes) -> dict[str, str]:
        """An alert's values. Raises Poison."""

    def seal_values(self, values: Mapping[str, str]) -> bytes:
        """An alert's values, closed for ourselves."""


@dataclass(frozen=True, slots=True)
class Told:
    """What every delivery of an alert shares."""

    id: UUID
    subject: UUID
    template: str
    lane: Lane
    text: Rendered
    expires_at: datetime
    reply_to: str | None  # the carrier's id of the message that is answered
    traceparent: str


class Claimed(NamedTuple):
    """A delivery whose turn it is; it is this worker's until its outcome is stored."""

    id: UUID
    seq: int
    alert: UUID
    contact: UUID
    tried: frozenset[Channel]
    tries: int
    accepted: tuple[str, ...]
    phone: str
    whatsapp_id: str
    whatsapp_at: datetime | None
    called_off: bool
    sent_before: bool = False  # a carrier of the other channel took it; only nothing confirmed it
    language: str = "id"
    superseded: bool = False  # an update took the alert's place

    @property
    def is_twin(self) -> bool:
        """Whether the other channel has a copy of its own."""
        return len(self.tried) == len(Channel)


class Outcome(NamedTuple):
    """What became of a claimed delivery. `carrier_ids` are set when the carrier took it."""

    claimed: Claimed
    next: Next
    told: Told
    carrier: str = ""
    carrier_ids: tuple[str, ...] = ()
    due: datetime | None = None
    uncounted: bool = False  # by a template for which planning took no place in the tier


class Deliveries(Protocol):
    """The deliveries of one lane, on connections of its own. One owner at a time (`own`)."""

    lane: Lane

    def news(self, queue: int) -> asyncio.Event:
        """Set when somebody lined something up in the queue."""

    async def own(self) -> None:
        """Wait until no other process walks this lane; returns holding it. Lost with the connection (`lost`)."""

    async def lost(self) -> None:
        """Return when the ownership is gone."""

    async def recover(self, queue: int, now: datetime) -> int:
        """After a crash: make unclear what was being sent, or send it again, by lane. Gives where to begin."""

    async def head(self, queue: int) -> int:
        """The last number given out."""

    async def turn(self, queue: int, outcomes: Sequence[Outcome], span: range, now: datetime) -> list[Claimed]:
        """Store outcomes and claim what is planned of the numbers of `span`, in one transaction."""

    async def fire_due(self, queue: int, now: datetime) -> int:
        """Line up again what waited for a time; life-safety unconfirmed goes to the other channel. Gives how many."""

    async def mark(self, queue: int, tail: int) -> None:
        """Remember that everything up to `tail` is done, for the next start."""

    async def told(self, alert: UUID, language: str = "id") -> Told:
        """What the alert says, rendered in the language; kept in memory while it is in use."""

    async def close(self) -> None:
        """Give the connections back; the ownership ends."""


class LongMessage(NamedTuple):
    """A long message put together. `id` is the same however often its parts come; `key` names them."""

    id: UUID
    source: str
    text: str
    key: tuple[bytes, int, int]


class Medium(NamedTuple):
    """A photo, document or recording that a message brought; the carrier has it under `carrier_id`."""

    id: UUID
    message: UUID
    carrier: str
    carrier_id: str
    kind: str  # image, document, audio, video, sticker
    media_type: str
    received_at: datetime


class WaitingPhoto(NamedTuple):
    """A photo that is to be fetched; `tries` counts this one."""

    id: UUID
    carrier: str
    carrier_id: str
    tries: int
    received_at: datetime


class MediaStore(Protocol):
    """Bytes by name, in a folder or in object storage. What comes here is encrypted already."""

    async def start(self) -> None:
        """Be ready to connect; a store that is away is no reason not to start."""

    async def stop(self) -> None:
        """Give connections back."""

    async def put(self, name: str, content: bytes) -> None:
        """Keep it whole or not at all; the same name again replaces it. Raises Transient."""

    async def get(self, name: str) -> bytes:
        """Give it back. Raises NotFound, Transient."""

    async def delete(self, name: str) -> None:
        """Forget it; a name that is not there is no error. Raises Transient."""
