import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from notifier.adapters.whatsapp.testing import CloudApi
from notifier.application.carriers import Incoming, Notice, Quarantined, Receipt


class Book:
    """A sink that remembers; it can be told to wait or to fail."""

    def __init__(self) -> None:
        self.receipts: list[Receipt] = []
        self.messages: list[Incoming] = []
        self.spoiled: list[Quarantined] = []
        self.notices: list[Notice] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.broken = False

    async def _safe(self) -> None:
        await self.gate.wait()
        if self.broken:
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


@pytest.fixture
def book() -> Book:
    return Book()


@pytest.fixture
async def api() -> AsyncIterator[CloudApi]:
    async with CloudApi() as running:
        yield running
