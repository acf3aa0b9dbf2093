"""Meta's webhook: the handshake and the signed batches."""

import asyncio
import hmac
from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Protocol

import structlog
from aiohttp import web

from notifier.adapters.alarms import Alarms
from notifier.adapters.whatsapp.parsing import Batch, parse
from notifier.adapters.whatsapp.settings import WhatsAppSettings
from notifier.application.carrier_errors import CarrierError
from notifier.application.incoming import IncomingWhatsApp, Notice, Sink

MAX_BODY = 3 << 20  # Meta's own limit is 3 MB
SIGNATURE = "X-Hub-Signature-256"

log = structlog.get_logger(__name__)


def signature_of(app_secret: str, raw: bytes) -> str:
    """The value of the signature header for a body."""
    return "sha256=" + hmac.new(app_secret.encode(), raw, sha256).hexdigest()


class Account(Protocol):
    """Hears what concerns the account (`account`)."""

    async def take(self, notice: Notice) -> None:
        """News of templates, tier or quality."""

    async def heard(self, error: CarrierError | None) -> None:
        """Why a message failed."""


class _Webhook:
    def __init__(
        self,
        settings: WhatsAppSettings,
        app_secret: str,
        verify_token: str,
        sink: Sink,
        counters: Counter[str],
        account: Account | None,
    ) -> None:
        if not app_secret or not verify_token:
            raise ValueError("a webhook without app secret and verify token would believe anybody")
        self._settings, self._sink, self.counters = settings, sink, counters
        self._app_secret, self._verify_token = app_secret, verify_token
        self._account, self._alarms = account, Alarms(settings.name)

    async def verify(self, request: web.Request) -> web.Response:
        """Answer the handshake with its challenge."""
        told = request.query.get("hub.verify_token", "")
        same = hmac.compare_digest(told.encode(), self._verify_token.encode())
        if request.query.get("hub.mode") != "subscribe" or not same:
            self.counters["handshake_refused"] += 1
            return web.Response(status=403)
        return web.Response(text=request.query.get("hub.challenge", ""))

    async def receive(self, request: web.Request) -> web.Response:
        """Take a batch: 401 unsigned, 403 wrongly signed, 503 where the sink failed, 200 when all of it is safe."""
        told = request.headers.get(SIGNATURE, "")
        if not told:
            self.counters["unsigned"] += 1
            return web.Response(status=401)
        try:
            raw = await request.read()
        except web.HTTPRequestEntityTooLarge:
            self.counters["too_large"] += 1
            return web.Response(status=413)
        if not hmac.compare_digest(told.encode(), signature_of(self._app_secret, raw).encode()):
            self.counters["wrong_signature"] += 1
            return web.Response(status=403)
        try:
            await self._deliver(parse(raw, self._settings))
        except Exception as error:  # noqa: BLE001 - whatever it was, Meta keeps the batch and brings it again
            self.counters["sink_failed"] += 1
            log.warning("whatsapp_sink_failed", carrier=self._settings.name, error=type(error).__name__)
            return web.Response(status=503)
        return web.Response()

    async def _deliver(self, batch: Batch) -> None:
        """Give everything to the sink together, so that it can be written together; fail if any of it failed."""
        self.counters["receipts"] += len(batch.receipts)
        self.counters["messages"] += len(batch.messages)
        self.counters["quarantined"] += len(batch.spoiled)
        async with asyncio.TaskGroup() as group:
            if batch.receipts:
                group.create_task(self._sink.on_receipt(batch.receipts))
            for messages in _by_sender(batch.messages):
                group.create_task(self._in_order(messages))
            for notice in batch.notices:
                group.create_task(self._sink.on_notice(notice))
            for spoiled in batch.spoiled:
                group.create_task(self._sink.on_quarantine(spoiled))
        await self._tell_account(batch)

    async def _in_order(self, messages: Sequence[IncomingWhatsApp]) -> None:
        """One person's messages: `2` answers the question before it."""
        for message in messages:
            await self._sink.on_message(message)

    async def _tell_account(self, batch: Batch) -> None:
        for receipt in batch.receipts:
            self._alarms.hear(receipt.failure)
        if self._account is not None:
            for receipt in batch.receipts:
                await self._account.heard(receipt.failure)
            for notice in batch.notices:
                await self._account.take(notice)


def _by_sender(messages: Sequence[IncomingWhatsApp]) -> Iterable[Sequence[IncomingWhatsApp]]:
    found: dict[str | None, list[IncomingWhatsApp]] = {}
    for message in messages:
        found.setdefault(message.sender_phone or message.sender_user_id, []).append(message)
    return found.values()


def webhook(
    app_secret: str,
    verify_token: str,
    sink: Sink,
    settings: WhatsAppSettings,
    *,
    path: str = "/webhook",
    counters: Counter[str] | None = None,
    account: Account | None = None,
) -> list[web.RouteDef]:
    """Routes for an application made with `web.Application(client_max_size=MAX_BODY)`.

    Raises ValueError for an empty secret or token.
    """
    counted = counters if counters is not None else Counter()
    hook = _Webhook(settings, app_secret, verify_token, sink, counted, account)
    return [web.get(path, hook.verify, allow_head=False), web.post(path, hook.receive)]
