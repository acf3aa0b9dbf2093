"""A short message that a service hands over whole, on a phone's screen; the carrier cuts it."""

import asyncio
import secrets
import time
from typing import Any

from aiohttp import web

from handset.conversations import Conversations
from handset.faults import Faults
from handset.messages import Carrier, Message, opening
from handset.smpp import text as sms


class Screen:
    """The phones as one carrier sees them, with its faults."""

    def __init__(self, carrier: Carrier, conversations: Conversations, faults: Faults) -> None:
        self._carrier, self._conversations, self._faults = carrier, conversations, faults

    def is_down(self, request: web.Request) -> bool:
        """Hang up without an answer, as a network does, while the link is cut."""
        down = time.time() < self._faults.of(self._carrier).down_until
        if down and request.transport is not None:
            request.transport.abort()
        return down

    async def wait_first(self) -> None:
        """Suffer from `slow`."""
        await asyncio.sleep(self._faults.of(self._carrier).slow)

    def refuses(self, phone: str, text: str) -> str:
        """Name the fault that refuses this message, `throttle` or `reject`; empty: none does."""
        for why in ("throttle", "reject"):
            if self._faults.of(self._carrier).takes(why):
                self._conversations.refused(phone, self._carrier, why, text)
                return why
        return ""

    def show(self, phone: str, sender: str, text: str, came: float, message_id: str = "") -> Message:
        """Show a message under this id, by default a new one; `undeliverable`, it is given in the state `failed` and
        shown to nobody. Raises OSError: it could not be kept.
        """
        parts, encoding = sms.split(text)
        about: dict[str, Any] = {
            "sender": sender,
            "parts": len(parts),
            "encoding": encoding,
            "carrier": self._carrier,
            "carrier_ids": [message_id or secrets.token_hex(16)],
        }
        faults = self._faults.of(self._carrier)
        if faults.takes("undeliverable"):
            self._conversations.refused(phone, self._carrier, "undeliverable", text)
            return Message(0, phone, "received", "sms", text, came, state="failed", **about)
        events = opening(came, late=bool(faults.late))
        return self._conversations.add(phone, "received", "sms", text, events=events, **about)

    async def wait_last(self, message: Message) -> None:
        """Suffer from `late`; only then it is answered."""
        if late := self._faults.of(self._carrier).late:
            await asyncio.sleep(late)
            self._conversations.happened(message, "accepted")

    def loses_receipt(self, message: Message, news: str) -> bool:
        """Whether this receipt is lost on purpose; it is noted."""
        if self._faults.of(self._carrier).lose_receipts:
            self._conversations.happened(message, "lost", news)
            return True
        return False

    def typed(self, phone: str, text: str) -> Message:
        """Keep what a person types."""
        parts, encoding = sms.split(text)
        return self._conversations.add(
            phone,
            "sent",
            "sms",
            text,
            state="waiting",
            parts=len(parts),
            encoding=encoding,
            carrier=self._carrier,
            carrier_ids=[secrets.token_hex(16)],
        )
