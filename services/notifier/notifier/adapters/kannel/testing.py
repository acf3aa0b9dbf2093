"""A small stand-in for Kannel's smsbox on a real socket, for tests: it takes, refuses, hangs, reports."""

import asyncio
from typing import Self

import aiohttp
from aiohttp import web
from yarl import URL

from notifier.adapters.kannel.settings import KannelSettings, parse

SECRET = "rahasia-yang-panjang"  # noqa: S105 - invented
ACCEPTED = (202, b"0: Accepted for delivery")


class SmsBox:
    """Start it, point a carrier at `settings()`, change its attributes while it runs."""

    def __init__(self) -> None:
        self.queries: list[dict[str, str]] = []
        self.answers: list[tuple[int, bytes]] = []  # the next ones
        self.otherwise = ACCEPTED
        self.headers: dict[str, str] = {}
        self.hang_up = False
        self.delay = 0.0
        self._runner: web.AppRunner | None = None
        self.port = 0

    async def __aenter__(self) -> Self:
        """Listen on loopback."""
        application = web.Application()
        application.router.add_get("/cgi-bin/sendsms", self._sendsms)
        self._runner = web.AppRunner(application, shutdown_timeout=0.1, max_line_size=1 << 16)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Close."""
        if self._runner is not None:
            await self._runner.cleanup()

    def settings(self, query: str = "") -> KannelSettings:
        """Where a client finds it."""
        url = f"kannel://desa:rahasia@127.0.0.1:{self.port}?from=KENTONGAN&secret={SECRET}"
        return parse(f"{url}&{query}" if query else url)

    async def report(self, number: int, state: int, said: str = "") -> int:
        """Tell what became of a message, by its place in `queries`; the status of the answer."""
        url = self.queries[number]["dlr-url"].replace("%d", str(state)).replace("%A", said)
        return await self.fetch(url)

    async def fetch(self, url: str) -> int:
        """Call back as it is written; the status of the answer. An answer with words would reach the person."""
        async with aiohttp.ClientSession() as session, session.get(URL(url, encoded=True)) as answer:
            assert not await answer.read()  # noqa: S101 - a test's own check
            return answer.status

    async def _sendsms(self, request: web.Request) -> web.StreamResponse:
        if (request.query.get("username"), request.query.get("password")) != ("desa", "rahasia"):
            return web.Response(status=403, text="Authorization failed for sendsms")
        await asyncio.sleep(self.delay)
        if self.hang_up and request.transport is not None:
            request.transport.close()
        status, body = self.answers.pop(0) if self.answers else self.otherwise
        if (status, body) == ACCEPTED:
            self.queries.append(dict(request.query))
        return web.Response(status=status, body=body, headers=self.headers)
