"""What was last said with a contact: to whom an answer without a name belongs."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from chassis.kernel.aggregate import Aggregate
from notifier.domain.channel import Channel
from notifier.domain.desk import WITH_BOT, Desk
from notifier.domain.message import Content

BROUGHT_AGAIN_FOR = timedelta(days=7)
"""So long WhatsApp brings a message again that we did not take; an older one has no time that could be believed."""


@dataclass(frozen=True, slots=True)
class ConversationTurned:
    """The person wrote; nobody else's business."""

    contact: UUID


@dataclass(frozen=True, slots=True)
class Kept:
    """A place or photo that came without a word, and the service that got it."""

    content: Content
    service: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Last:
    """The person's last message."""

    message: UUID
    channel: Channel
    at: datetime


@dataclass(slots=True, eq=False)
class Conversation(Aggregate):
    """Keyed by the contact's id. `offered` is the service whose offer went out last; the planner writes it.

    `whatsapp_at` is when the person last wrote on WhatsApp: it opens the 24 hours of free text. `puzzled_at` is when
    the last message came if nobody understood it.
    """

    service: str = ""
    service_at: datetime | None = None
    offered: str = ""
    whatsapp_at: datetime | None = None
    kept: Kept | None = None
    last: Last | None = None
    puzzled_at: datetime | None = None
    desk: Desk = WITH_BOT

    def talking(self, now: datetime, within: timedelta) -> str | None:
        """The service spoken with, while that is not too long ago."""
        fresh = self.service_at is not None and now - self.service_at <= within
        return self.service or None if fresh else None

    def reporting_to(self, now: datetime, within: timedelta) -> str | None:
        """The service that was told something since the desk's last word: it may have asked back."""
        told, word = self.service_at, self.desk.word_at
        return self.talking(now, within) if told and word and told > word else None

    def hear(self, service: str, at: datetime, *, asks: bool = True) -> None:
        """Remember that the person wrote to a service. One that only answers (`asks`) leaves the desk its turn."""
        if asks or not self.desk.is_open:
            self.service, self.service_at = service, at

    def wrote(self, last: Last, said_at: datetime, *, understood: bool) -> None:
        """Remember that the person wrote at all. `said_at`: when they did, which may be days before it reached us."""
        self.last = last
        self.puzzled_at = None if understood else last.at
        if last.channel is Channel.WHATSAPP:
            believed = said_at if timedelta() <= last.at - said_at <= BROUGHT_AGAIN_FOR else last.at
            self.whatsapp_at = max(believed, self.whatsapp_at or believed)
        self.record(ConversationTurned(self.id))

    def is_puzzling(self, now: datetime, within: timedelta) -> bool:
        """Whether nobody understood the message before, while that is not too long ago."""
        return self.puzzled_at is not None and now - self.puzzled_at <= within

    def turn(self, desk: Desk) -> None:
        """Let another one answer, or remember what the desk did."""
        self.desk = desk
        self.record(ConversationTurned(self.id))

    def window_until(self, window: timedelta) -> datetime | None:
        """Until when WhatsApp takes free text; None where the person never wrote there."""
        return self.whatsapp_at + window if self.whatsapp_at else None

    def forget(self) -> None:
        """Remember nothing of it."""
        self.service, self.offered, self.desk = "", "", WITH_BOT
        self.service_at = self.whatsapp_at = self.puzzled_at = None
        self.kept = self.last = None
        self.record(ConversationTurned(self.id))

    def keep(self, content: Content, service: str, at: datetime, within: timedelta) -> None:
        """Remember a place or photo without a word, together with the one before it."""
        earlier = self._fresh(at, within)
        joined = content.joined(earlier.content) if earlier and earlier.service == service else content
        self.kept = Kept(joined, service, at)

    def give(self, service: str, at: datetime, within: timedelta) -> Content:
        """What came without a word and went to another service than this one; forgotten now in any case."""
        earlier, self.kept = self._fresh(at, within), None
        return earlier.content if earlier and earlier.service != service else Content()

    def _fresh(self, at: datetime, within: timedelta) -> Kept | None:
        return self.kept if self.kept and at - self.kept.at <= within else None
