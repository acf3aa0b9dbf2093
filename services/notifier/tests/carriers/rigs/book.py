"""A sink that remembers, and where callbacks come in."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Protocol

from aiohttp import web

from notifier.application.carriers import Carrier
from notifier.application.incoming import Incoming, Notice, Quarantined, Receipt

PHONE = "+6281200000001"


class Book:
    """A sink that remembers. `gate` closed, it waits; broken, it refuses everything."""

    def __init__(self) -> None:
        self.receipts: list[Receipt] = []
        self.messages: list[Incoming] = []
        self.spoiled: list[Quarantined] = []
        self.notices: list[Notice] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.refused = 0
        self.broken = False

    async def _safe(self) -> None:
        await self.gate.wait()
        if self.broken:
            self.refused += 1
            raise ConnectionError("no database")

    async def on_receipt(self, receipts: Sequence[Receipt]) -> None:
        await self._safe()
        self.receipts.extend(receipts)

    async def on_message(self, message: Incoming) -> None:
        await self._safe()
        self.messages.append(message)

    async def on_quarantine(self, spoiled: Quarantined) -> None:
        await self._safe()
        self.spoiled.append(spoiled)

    async def on_notice(self, notice: Notice) -> None:
        await self._safe()
        self.notices.append(notice)


class Rig(Protocol):
    """A started carrier and the levers of the other side."""

    carrier: Carrier
    book: Book
    spools: bool  # it keeps and sends later what the network refuses, and says yes at once

    async def throttle(self, times: int) -> None: ...
    async def cut(self) -> None: ...  # the other side goes away
    async def mend(self) -> None: ...
    async def came(self) -> list[str]: ...  # texts on the phone
    async def say(self, text: str) -> None: ...  # from the phone; brought again until it is taken
    async def deliver(self, message_id: str) -> None: ...  # the phone has it


async def listen(stack: AsyncExitStack, routes: Sequence[web.RouteDef], port: int = 0) -> str:
    """Serve the carrier's callbacks; where."""
    application = web.Application()
    application.add_routes(routes)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", port).start()
    return f"http://127.0.0.1:{runner.addresses[0][1]}"
