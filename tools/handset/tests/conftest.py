"""A handset, an SMPP client of our own and a receiver of webhooks for each test that wants them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest

from handset.client import Handset
from handset.config import read
from handset.process import HandsetProcess
from handset.testing import SECRET, Esme, Graph, Receiver

Starter = Callable[..., Awaitable[HandsetProcess]]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    await receiver.start()
    yield receiver
    await receiver.stop()


@pytest.fixture
async def start(tmp_path: Path, receiver: Receiver) -> AsyncIterator[Starter]:
    """Start handsets; those that still run are stopped at the end."""
    running: list[HandsetProcess] = []
    people = tmp_path / "people.csv"
    people.write_text(
        "phone,name,role,place,channel\n"
        "0812-0000-0001,Bidan Sri,midwife,33.17.12.2002,sms\n"
        "0812-0000-0001,Bidan Sri,midwife,33.17.12.2003,sms\n"
        "0812-0000-0002,Bidan Aini,midwife,33.17.09.2004,whatsapp\n"
    )

    async def begin(**more: str) -> HandsetProcess:
        told = {"http": "127.0.0.1:0", "smpp": "127.0.0.1:0", "webhook-url": receiver.url, "people": str(people)}
        told |= {"whatsapp-app-secret": SECRET, **more}
        process = HandsetProcess(read([f"--{name}={value}" for name, value in told.items()], {}))
        await process.start()
        running.append(process)
        return process

    yield begin
    for process in running:
        await process.stop()


@pytest.fixture
async def handset(start: Starter) -> HandsetProcess:
    return await start()


@pytest.fixture
async def phones(handset: HandsetProcess) -> AsyncIterator[Handset]:
    async with Handset(f"http://127.0.0.1:{handset.http_port}") as client:
        yield client


@pytest.fixture
async def esme(handset: HandsetProcess) -> AsyncIterator[Esme]:
    client = await Esme.connect(handset.smpp_port)
    assert await client.bind() == 0
    yield client
    client.close()


@pytest.fixture
async def graph(handset: HandsetProcess) -> AsyncIterator[Graph]:
    async with aiohttp.ClientSession() as session:
        yield Graph(session, f"http://127.0.0.1:{handset.http_port}")
