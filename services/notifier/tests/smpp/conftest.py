import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
import uvloop
from rigs.book import Book

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
