"""The WhatsApp Business Cloud API as a carrier. What comes in comes through `webhook`."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Protocol

import aiohttp

from notifier.adapters.alarms import Alarms
from notifier.adapters.gate import Gate
from notifier.adapters.whatsapp.errors import of_answer
from notifier.adapters.whatsapp.outgoing import body_of
from notifier.adapters.whatsapp.settings import WhatsAppSettings
from notifier.application.carrier_errors import (
    CarrierDown,
    CarrierError,
    ChannelStopped,
    Throttled,
    TryLater,
    Unreachable,
)
from notifier.application.carriers import Channel
from notifier.application.outgoing import Accepted, Outgoing, TemplateMessage

_OK = range(200, 300)
LONGEST_PAUSE = 86_400
"""Seconds; nobody waits longer than a day on one word."""


class Account(Protocol):
    """What is known of the account beforehand (`account`)."""

    def refusal(self, message: TemplateMessage) -> str:
        """Why a template cannot go out, a short stable word; empty where it can."""

    def pause(self) -> Throttled | None:
        """What the account told us to wait for."""

    async def heard(self, error: CarrierError | None) -> None:
        """The account said so."""


class NoAccount:
    """Knows nothing: every template may go out, and what comes of it Meta will say."""

    def refusal(self, _: TemplateMessage) -> str:
        """Nothing speaks against it."""
        return ""

    def pause(self) -> Throttled | None:
        """Nothing was told."""
        return None

    async def heard(self, error: CarrierError | None) -> None:
        """Remember nothing."""


class WhatsAppCarrier:
    """A `Carrier` over HTTP. It marks nothing as read, uploads nothing, and retries nothing."""

    channel = Channel.WHATSAPP

    def __init__(self, settings: WhatsAppSettings, account: Account | None = None) -> None:
        self.name = settings.name
        self._account = account or NoAccount()
        self._alarms = Alarms(settings.name)
        self.counters: Counter[str] = Counter()
        self._settings = settings
        self._url = f"{settings.base_url.rstrip('/')}/{settings.phone_number_id}/messages"
        self._session: aiohttp.ClientSession | None = None
        self._gate = Gate(settings.connections, settings.reserve)
        self._stopped_by: ChannelStopped | None = None
        self._reachable = True

    @property
    def up(self) -> bool:
        """Whether the last answer was one, no answer stopped the channel, and the account wants no pause."""
        works = self._session is not None and self._reachable and self._stopped_by is None
        return works and self._account.pause() is None

    def cost(self, outgoing: Outgoing) -> int:
        """One. Raises RejectedForGood where it cannot be written."""
        body_of(outgoing)
        return 1

    async def start(self) -> None:
        """Open the pool of connections; nothing is sent."""
        self._gate = Gate(self._settings.connections, self._settings.reserve)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._settings.connections),
            timeout=aiohttp.ClientTimeout(total=self._settings.timeout),
            headers={"Authorization": f"Bearer {self._settings.token}"},
        )

    async def stop(self) -> None:
        """Wait for what is being sent, at most its time-out, then close."""
        session, self._session = self._session, None
        self._gate.close(lambda: CarrierDown("stopped"))
        await self._gate.empty()
        if session is not None:
            await session.close()

    async def submit(self, outgoing: Outgoing) -> Accepted:
        """Send it; one id. A template that the account would not let out is not even tried: `Unreachable`."""
        session, body = self._session, body_of(outgoing)
        if session is None:
            raise CarrierDown("stopped")
        self._ask_account(outgoing)
        await self._gate.enter(outgoing.lane)
        try:
            message_id = await self._send(session, body)
        except CarrierError as error:
            self._remember(error)
            await self._account.heard(error)
            raise
        finally:
            self._gate.leave(outgoing.lane)
        self._reachable, self._stopped_by = True, None
        self.counters["accepted"] += 1
        return Accepted((message_id,))

    def _ask_account(self, outgoing: Outgoing) -> None:
        if (pause := self._account.pause()) is not None:
            raise pause
        content = outgoing.content
        if isinstance(content, TemplateMessage) and (reason := self._account.refusal(content)):
            self.counters[f"error_{reason}"] += 1
            raise Unreachable(reason, code=content.name)  # the registry has told the operator

    async def _send(self, session: aiohttp.ClientSession, body: dict[str, object]) -> str:
        try:
            async with session.post(self._url, json=body, allow_redirects=False) as response:
                answer = _json(await response.read())
                if response.status in _OK:
                    return _message_id(answer)
                raise of_answer(response.status, answer, self._settings, _retry_after(response))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise CarrierDown("no_connection", code=type(error).__name__) from error
        except TimeoutError as error:
            raise TryLater("response_timeout", ambiguous=True) from error
        except (aiohttp.ClientError, OSError) as error:
            raise TryLater("link_lost", ambiguous=True, code=type(error).__name__) from error

    def _remember(self, error: CarrierError) -> None:
        self.counters[f"error_{error.reason}"] += 1
        self._reachable = not isinstance(error, CarrierDown)
        if isinstance(error, ChannelStopped):
            self._stopped_by = error
        self._alarms.hear(error)


def _json(raw: bytes) -> object:
    try:
        return json.loads(raw)
    except ValueError:
        return None


def _message_id(answer: object) -> str:
    match answer:
        case {"messages": [{"id": str(message_id)}, *_]}:
            return message_id
        case _:  # a yes that we cannot read: it may be on its way
            raise TryLater("unreadable_answer", ambiguous=True)


def _retry_after(response: aiohttp.ClientResponse) -> timedelta | None:
    """Seconds or a date, as HTTP allows both; None for anything else, and for what is over."""
    told = response.headers.get("Retry-After", "").strip()
    if told.isascii() and told.isdigit():
        return timedelta(seconds=min(int(told[:9]), LONGEST_PAUSE))
    try:
        left = parsedate_to_datetime(told) - datetime.now(UTC)
    except (ValueError, TypeError):
        return None
    return min(left, timedelta(seconds=LONGEST_PAUSE)) if left > timedelta() else None
