import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack

import pytest
import uvloop
from rigs.book import Book

from chassis.testing.until import until
from notifier.adapters.smpp.client import SmppCarrier
from notifier.adapters.smpp.settings import parse
from notifier.adapters.smpp.testing import Centre


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


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Each test on both: services run on uvloop, whose transports differ."""
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
