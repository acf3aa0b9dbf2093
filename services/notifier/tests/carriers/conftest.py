"""Every carrier with somebody on the other side: small test servers, the handset that people use locally, and a real
Kannel where there is one.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack

import pytest
import uvloop
from rigs.book import Rig
from rigs.doubles import kannel_box, smpp_centre, twilio_api, whatsapp_api
from rigs.handsets import kannel_handset, kannel_real, smpp2_handset, smpp_handset, twilio_handset, whatsapp_handset
from rigs.real_kannel import missing

from chassis.testing.until import until

REAL = [pytest.mark.integration, pytest.mark.skipif(bool(missing()), reason=missing())]  # it takes seconds to start
RIGS = [
    *(smpp_centre, whatsapp_api, twilio_api, kannel_box),
    *(smpp_handset, smpp2_handset, whatsapp_handset, twilio_handset, kannel_handset),
    pytest.param(kannel_real, marks=REAL),
]


@pytest.fixture(params=RIGS, ids=lambda make: make.__name__)
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    async with AsyncExitStack() as stack:
        made = await request.param(stack)
        await made.carrier.start()
        stack.push_async_callback(made.carrier.stop)
        await until(lambda: made.carrier.up)
        yield made
        assert made.book.spoiled == made.book.notices == [], "nothing here is malformed, nothing is news"


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Each test on both: services run on uvloop, whose transports differ."""
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
