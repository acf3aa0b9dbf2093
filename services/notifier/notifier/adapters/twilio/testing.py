"""A small stand-in for a Twilio-compatible API on a real socket, for tests: it takes, refuses, hangs, calls back."""

import asyncio
import itertools
from typing import Self

import aiohttp
from aiohttp import web

from notifier.adapters.twilio.settings import TwilioSettings, parse
from notifier.adapters.twilio.webhook import SIGNATURE, signature_of

SID, TOKEN = "AC" + "0" * 32, "rahasia"


class MessagesApi:
    """Start it, point a carrier at `settings()`, change its attributes while it runs."""

    def __init__(self) -> None:
        self.forms: list[dict[str, str]] = []
        self.refusals: list[tuple[int, int]] = []  # HTTP status and code of the next answers
        self.headers: dict[str, str] = {}
        self.raw: tuple[int, bytes] | None = None  # answered as it is
        self.hang_up = False
        self.delay = 0.0
        self._ids = itertools.count(1)
        self._runner: web.AppRunner | None = None
        self.port = 0

    async def __aenter__(self) -> Self:
        """Listen on loopback."""
        application = web.Application()
        application.router.add_post(f"/2010-04-01/Accounts/{SID}/Messages.json", self._messages)
        self._runner = web.AppRunner(application, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Close."""
        if self._runner is not None:
            await self._runner.cleanup()

    def settings(self, query: str = "") -> TwilioSettings:
        """Where a client finds it."""
        url = f"twilio://{SID}:{TOKEN}@127.0.0.1:{self.port}?tls=false&from=KENTONGAN"
        return parse(f"{url}&{query}" if query else url)

    async def call_back(self, url: str, **parameters: str) -> int:
        """Post a signed callback; the status of the answer."""
        url = url.partition("#")[0]
        signed = {SIGNATURE: signature_of(TOKEN, url, parameters.items())}
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=parameters, headers=signed) as answer,
        ):
            return answer.status

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Authorization") != aiohttp.encode_basic_auth(SID, TOKEN):
            return web.json_response({"code": 20003, "status": 401}, status=401)
        self.forms.append({name: str(value) for name, value in (await request.post()).items()})
        await asyncio.sleep(self.delay)
        if self.hang_up and request.transport is not None:
            request.transport.close()
        if self.raw is not None:
            return web.Response(status=self.raw[0], body=self.raw[1], headers=self.headers)
        if self.refusals:
            status, code = self.refusals.pop(0)
            self.forms.pop()
            return web.json_response({"code": code, "message": "no"}, status=status, headers=self.headers)
        sid = f"SM{next(self._ids):032x}"
        return web.json_response({"sid": sid, "status": "queued", "num_segments": "1"}, status=201)
