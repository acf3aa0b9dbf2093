"""A small stand-in for the Cloud API on a real socket, for tests: it takes, refuses, hangs and hangs up on demand."""

import asyncio
import itertools
from typing import Self

from aiohttp import web

from notifier.adapters.whatsapp.settings import WhatsAppSettings

PHONE_NUMBER_ID = "106540352242922"


class CloudApi:
    """Start it, point a carrier at `settings()`, change its attributes while it runs."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, object]] = []
        self.tokens: list[str] = []
        self.error: int | None = None  # code of the error to answer with
        self.refusals: list[int] = []  # codes for the next answers
        self.status = 400  # its HTTP status
        self.headers: dict[str, str] = {}
        self.raw: bytes | None = None  # answered as it is
        self.hang_up = False
        self.delay = 0.0
        self.media: dict[str, bytes] = {}  # what people sent, by its id
        self._ids = itertools.count(1)
        self._runner: web.AppRunner | None = None
        self.port = 0

    async def __aenter__(self) -> Self:
        """Listen on loopback."""
        application = web.Application()
        application.router.add_post(f"/v23.0/{PHONE_NUMBER_ID}/messages", self._messages)
        application.router.add_get("/v23.0/{media}", self._describe)
        application.router.add_get("/bytes/{media}", self._bytes)
        self._runner = web.AppRunner(application, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Close."""
        if self._runner is not None:
            await self._runner.cleanup()

    def settings(self, **more: float) -> WhatsAppSettings:
        """Where a client finds it."""
        url = f"http://127.0.0.1:{self.port}/v23.0"
        return WhatsAppSettings(base_url=url, token="tanda", phone_number_id=PHONE_NUMBER_ID, **more)  # type: ignore[arg-type]  # noqa: S106 - numbers only; an invented token

    async def _describe(self, request: web.Request) -> web.Response:
        media = request.match_info["media"]
        if media not in self.media:
            return web.Response(status=404)
        return web.json_response({"id": media, "url": f"http://127.0.0.1:{self.port}/bytes/{media}"})

    async def _bytes(self, request: web.Request) -> web.Response:
        return web.Response(body=self.media[request.match_info["media"]])

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        self.bodies.append(await request.json())
        self.tokens.append(request.headers.get("Authorization", ""))
        await asyncio.sleep(self.delay)
        if self.hang_up and request.transport is not None:
            request.transport.close()
        if self.raw is not None:
            return web.Response(body=self.raw, status=self.status, headers=self.headers)
        code = self.refusals.pop(0) if self.refusals else self.error
        if code is not None:
            error = {"message": "no", "type": "OAuthException", "code": code, "fbtrace_id": "x"}
            return web.json_response({"error": error}, status=self.status, headers=self.headers)
        message = {"id": f"wamid.{next(self._ids)}"}
        return web.json_response({"messaging_product": "whatsapp", "contacts": [], "messages": [message]})
