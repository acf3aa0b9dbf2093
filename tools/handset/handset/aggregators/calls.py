"""Calls a service back over HTTP: in order per phone, again and again until it is taken."""

import secrets
from collections.abc import Callable
from typing import Any

import aiohttp
from yarl import URL

from handset.conversations import Conversations
from handset.lanes import Lanes
from handset.messages import Carrier, Owed

ANSWER_WITHIN = 10.0
"""Seconds that the service has for its answer."""
_TAKEN = range(200, 300)
Call = tuple[str, str, dict[str, Any]]
"""Method, URL as it is to be sent, and what else the request has."""


class Calls:
    """What one carrier owes the service. `write` makes the request of what is owed."""

    def __init__(self, carrier: Carrier, conversations: Conversations, write: Callable[[Owed], Call]) -> None:
        self.failures = 0
        self.lanes = Lanes(self._deliver, conversations.settle)
        self._carrier, self._conversations, self._write = carrier, conversations, write
        self._http: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Be ready; tell again what a former life still owed."""
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_WITHIN))
        for owed in self._conversations.owed(self._carrier):
            self.lanes.put(owed, lane=owed.about or None)

    async def stop(self) -> None:
        """Tell no more."""
        await self.lanes.clear()
        if self._http is not None:
            await self._http.close()

    def owe(self, phone: str, body: dict[str, Any], message: int = 0, about: str = "", news: str = "") -> None:
        """Owe a message typed on a phone, or (`about` its id) the fate of one that it got."""
        owed_id = f"{self._carrier}-{secrets.token_hex(8)}"
        owed = Owed(owed_id, "sms", phone, body, message, self._carrier, about, news)
        self._conversations.owe(owed)
        self.lanes.put(owed, lane=about or None)

    async def _deliver(self, owed: Owed) -> bool:
        if self._http is None:
            return False
        method, url, more = self._write(owed)
        try:
            async with self._http.request(method, URL(url, encoded=True), **more) as answer:
                taken = answer.status in _TAKEN
        except (aiohttp.ClientError, TimeoutError, ValueError):
            taken = False
        self.failures += not taken
        return taken
