import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack

import pytest
import uvloop

from notifier.adapters.smpp.client import SmppCarrier
from notifier.adapters.smpp.settings import parse
from notifier.adapters.smpp.testing import Centre
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
async def centre() -> AsyncIterator[Centre]:
    async with Centre() as running:
        yield running


Connect = Callable[..., Awaitable[SmppCarrier]]


@pytest.fixture
async def connect(centre: Centre, book: Book) -> AsyncIterator[Connect]:
    async with AsyncExitStack() as stack:

        async def go(query: str = "", *, wait: bool = True) -> SmppCarrier:
            carrier = SmppCarrier(parse(centre.url(query)), book)
            await carrier.start()
            stack.push_async_callback(carrier.stop)
            if wait:
                await until(lambda: carrier.up)
            return carrier

        yield go


async def until(true: Callable[[], bool], seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - what is waited for has no event, it is read from outside
            await asyncio.sleep(0.005)


@pytest.fixture(name="until")
def _until() -> Callable[..., Awaitable[None]]:
    return until


@pytest.fixture(params=[asyncio.DefaultEventLoopPolicy, uvloop.EventLoopPolicy], ids=["asyncio", "uvloop"])
def event_loop_policy(request: pytest.FixtureRequest) -> asyncio.AbstractEventLoopPolicy:
    """Services run on uvloop, whose transports differ."""
    return request.param()
