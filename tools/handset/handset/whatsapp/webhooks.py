"""Tells the service by webhook what phones sent and what became of its messages."""

import asyncio
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson

from handset.conversations import Conversations
from handset.faults import Faults
from handset.lanes import Lanes
from handset.messages import Message, Owed

ANSWER_WITHIN = 10.0
"""Seconds that the service has for its answer."""
OVERTAKEN_BY = 1.0
"""Seconds that every second webhook is held back when they are to come out of order."""
_OK = 200


@dataclass(slots=True)
class Account:
    """The business account that the phones write to."""

    token: str
    app_secret: str
    verify_token: str
    phone_number_id: str
    display_number: str
    webhook_url: str
    tier: str = "TIER_100K"
    quality: str = "GREEN"


ACCOUNT_LANE = "account"
"""News of the account is owed in an order of its own, to no phone."""


class Webhooks:
    """Sends signed webhooks, in order per phone, until each is answered with 200."""

    def __init__(self, account: Account, conversations: Conversations, faults: Faults) -> None:
        self.account = account
        self.lanes = Lanes(self._deliver, conversations.settle)
        self.failures = 0
        self._conversations = conversations
        self._faults = faults
        self._http: aiohttp.ClientSession | None = None
        self._odd = False

    async def start(self) -> None:
        """Be ready; send again what a former life still owed."""
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_WITHIN))
        for owed in self._conversations.owed("whatsapp"):
            self.lanes.put(owed)

    async def stop(self) -> None:
        """Send no more."""
        await self.lanes.clear()
        if self._http is not None:
            await self._http.close()

    def message(self, message: Message, content: dict[str, Any]) -> None:
        """Owe the service a message typed on a phone."""
        body = {"from": message.phone, "id": message.carrier_ids[0], "timestamp": _seconds(message.at), **content}
        if message.context:
            body["context"] = {"from": self.account.display_number, "id": message.context}
        self._owe(message.phone, {"messages": [body]}, message.id)

    def status(self, phone: str, carrier_id: str, status: str, errors: list[dict[str, Any]] | None = None) -> None:
        """Owe the service the fate of one of its messages."""
        if self._faults.whatsapp.lose_receipts:
            self._conversations.happened(self._conversations.by_carrier(carrier_id), "lost", status)
            return
        body: dict[str, Any] = {
            "id": carrier_id,
            "status": status,
            "timestamp": _seconds(self._conversations.now()),
            "recipient_id": phone,
        }
        if errors:
            body["errors"] = errors
        self._owe(phone, {"statuses": [body]}, about=carrier_id, news=status)

    def news(self, field: str, value: dict[str, Any]) -> None:
        """Owe the service news of the account: a change of this field."""
        self._owe(ACCOUNT_LANE, {"field": field, "value": value})

    def _owe(self, phone: str, value: dict[str, Any], message: int = 0, about: str = "", news: str = "") -> None:
        owed = Owed(f"webhook-{secrets.token_hex(8)}", "whatsapp", phone, value, message, about=about, news=news)
        self._conversations.owe(owed)
        if self._faults.whatsapp.webhook_out_of_order:
            self._odd = not self._odd
            self.lanes.put(owed, lane=owed.id, delay=OVERTAKEN_BY if self._odd else 0.0)
        else:
            self.lanes.put(owed)

    def _payload(self, owed: Owed) -> bytes:
        change = owed.body if owed.phone == ACCOUNT_LANE else {"value": self._value(owed), "field": "messages"}
        entry = {"id": "100200300400500", "time": int(self._conversations.now()), "changes": [change]}
        return orjson.dumps({"object": "whatsapp_business_account", "entry": [entry]})

    def _value(self, owed: Owed) -> dict[str, Any]:
        person = self._conversations.people.get(owed.phone)
        return {
            "messaging_product": "whatsapp",
            "metadata": {
                "display_phone_number": self.account.display_number,
                "phone_number_id": self.account.phone_number_id,
            },
            "contacts": [{"profile": {"name": person.name if person else owed.phone}, "wa_id": owed.phone}],
            **owed.body,
        }

    async def _deliver(self, owed: Owed) -> bool:
        payload = self._payload(owed)
        taken = await self._post(payload)
        if self._faults.whatsapp.webhook_twice:
            await self._post(payload)
        return taken

    async def _post(self, payload: bytes) -> bool:
        if not self.account.webhook_url or self._http is None:
            await asyncio.sleep(1.0)
            return False
        signature = hmac.new(self.account.app_secret.encode(), payload, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={signature}"}
        try:
            async with self._http.post(self.account.webhook_url, data=payload, headers=headers) as answer:
                taken = answer.status == _OK
        except (aiohttp.ClientError, TimeoutError):
            taken = False
        self.failures += not taken
        return taken

    async def verify(self) -> bool:
        """Do the verification handshake as Meta does when a webhook is configured; True: the service passed."""
        if self._http is None:
            return False
        challenge = str(secrets.randbelow(10**10))
        asked = {"hub.mode": "subscribe", "hub.verify_token": self.account.verify_token, "hub.challenge": challenge}
        try:
            async with self._http.get(self.account.webhook_url, params=asked) as answer:
                return answer.status == _OK and await answer.text() == challenge
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return False


def _seconds(moment: float) -> str:
    return str(int(moment))
