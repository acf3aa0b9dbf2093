from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from rigs.book import Book, listen

from chassis.testing.ports import free_port
from notifier.adapters.kannel.client import KannelCarrier
from notifier.adapters.kannel.testing import SmsBox
from notifier.adapters.twilio.client import TwilioCarrier
from notifier.adapters.twilio.testing import MessagesApi


@pytest.fixture
def book() -> Book:
    return Book()


@pytest.fixture
async def api() -> AsyncIterator[MessagesApi]:
    async with MessagesApi() as running:
        yield running


@pytest.fixture
async def box() -> AsyncIterator[SmsBox]:
    async with SmsBox() as running:
        yield running


@pytest.fixture
async def twilio(api, book):
    async with AsyncExitStack() as stack:
        yield await _with_hook(stack, TwilioCarrier, api, book)


@pytest.fixture
async def kannel(box, book):
    async with AsyncExitStack() as stack:
        yield await _with_hook(stack, KannelCarrier, box, book)


async def _with_hook(stack, carrier, server, book):
    port = free_port()
    quick = f"timeout=2&sink_timeout=0.5&max_unanswered=2&callback=http://127.0.0.1:{port}"
    made = carrier(server.settings(quick), book)
    await listen(stack, made.routes(), port)
    await made.start()
    stack.push_async_callback(made.stop)
    made.hook = f"http://127.0.0.1:{port}/webhooks/{made.name}/{made.name}"
    return made
