"""Where what comes in is kept until it is safe: the ports of `inbound.py`."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from notifier.application.incoming import IncomingSms, IncomingWhatsApp, Notice, Quarantined, Receipt
from notifier.application.ports import LongMessage
from notifier.domain.message import Picture


class Mail(Protocol):
    """What is on its way in (`adapters.mailroom`)."""

    async def ticket(self, sms: IncomingSms, now: datetime) -> UUID:
        """The id of a message; a repeat's is the same."""

    async def answered(self, sms: IncomingSms, came: datetime, now: datetime) -> None:
        """The carrier is about to be told that we have what came then."""

    async def add_part(self, sms: IncomingSms, now: datetime) -> LongMessage | None:
        """Store a part; the whole when it was the last one missing."""

    async def overdue(self, now: datetime, limit: timedelta) -> Sequence[LongMessage]:
        """Messages whose missing parts are given up."""

    async def forget(self, whole: LongMessage) -> None:
        """Its parts are not needed any more."""

    async def erase(self, before: datetime, now: datetime) -> None:
        """Erase places and photos whose word did not come, and what is too old to be repeated."""

    async def replied(self, carrier: str, carrier_id: str) -> tuple[UUID, str | None] | None:
        """The alert that a message answers, and its service."""

    async def quarantine(self, spoiled: Quarantined, now: datetime) -> None:
        """Keep what cannot be understood."""

    async def note(self, notice: Notice, now: datetime) -> None:
        """Keep news about an account."""

    async def settled(self) -> None:
        """Return when Kafka has all that was committed. Raises Transient."""


class ReceiptBook(Protocol):
    """Where receipts go (`adapters.receipts`)."""

    async def take(self, receipts: Sequence[Receipt], now: datetime) -> None:
        """Store what they say."""

    async def retry_early(self, now: datetime) -> int:
        """Try again what came too early."""


class Media(Protocol):
    """Photos, documents and recordings (`entrypoints.photos`)."""

    async def expect(self, message: IncomingWhatsApp) -> Picture | None:
        """Note what a message brought; a photo's reference."""
