"""Carriers with the handset on the other side, directly and through a real Kannel."""

import asyncio
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from rigs.book import PHONE, Book, Rig, free_port, listen, until

from notifier.adapters.kannel.client import KannelCarrier
from notifier.adapters.kannel.real import RealKannel
from notifier.adapters.smpp.client import SmppCarrier
from notifier.adapters.smpp.settings import parse
from notifier.adapters.whatsapp.client import WhatsAppCarrier
from notifier.adapters.whatsapp.settings import WhatsAppSettings
from notifier.adapters.whatsapp.webhook import webhook
from notifier.application.carriers import Carrier

SECRET, VERIFY = "rahasia", "tanda"
FAST = "backoff_first=0.05&backoff_cap=0.2&bind_timeout=2&drain=2&response_timeout=5"


class HandsetRig:
    """Either channel of a handset, through its HTTP API; receipts come by themselves."""

    spools = False

    def __init__(self, process, phones, carrier: Carrier, book: Book) -> None:
        self.process, self.phones, self.carrier, self.book = process, phones, carrier, book
        self.channel = str(carrier.channel)

    async def throttle(self, times: int) -> None:
        await self.phones._call("PATCH", "/api/faults", json={self.channel: {"throttle": times}})

    async def cut(self) -> None:
        await self.phones._call("POST", "/api/faults/drop", json={"channel": self.channel, "seconds": 60})

    async def mend(self) -> None:
        await self.phones._call("DELETE", "/api/faults")

    async def came(self) -> list[str]:
        told = await self.phones._call("GET", f"/api/phones/{PHONE}/messages")
        return [one["text"] for one in told["messages"] if one["direction"] == "received"]

    async def say(self, text: str) -> None:
        await self.phones.say(PHONE, text, self.channel)

    async def deliver(self, message_id: str) -> None:
        """The handset has told it already."""


class KannelRig(HandsetRig):
    """A real Kannel between the carrier and the handset: it says yes, keeps, and sends when it can."""

    spools = True
    kannel: RealKannel

    async def cut(self) -> None:
        await self.kannel.cut()

    async def mend(self) -> None:
        await self.kannel.mend()

    async def came(self) -> list[str]:
        async with asyncio.timeout(10):
            while len(came := await super().came()) < self.carrier.counters["accepted"]:  # noqa: ASYNC110 - it asks the other side again
                await asyncio.sleep(0.05)
        return came


async def smpp_handset(stack: AsyncExitStack) -> Rig:
    book = Book()
    process, phones = await _handset(stack, "")
    url = f"smpp://kentongan:secret@127.0.0.1:{process.smpp_port}?{FAST}"
    return HandsetRig(process, phones, SmppCarrier(parse(url), book), book)


async def whatsapp_handset(stack: AsyncExitStack) -> Rig:
    book, port = Book(), free_port()
    process, phones = await _handset(stack, f"http://127.0.0.1:{port}/hook")
    await phones.say(PHONE, "Buka", "whatsapp")  # opens the 24 hours
    settings = WhatsAppSettings(f"http://127.0.0.1:{process.http_port}/v23.0", "token", "100000000000001")
    await listen(stack, webhook(SECRET, VERIFY, book, settings, path="/hook"), port)
    await until(lambda: len(book.messages) == 1)
    book.messages.clear()
    return HandsetRig(process, phones, WhatsAppCarrier(settings), book)


async def kannel_real(stack: AsyncExitStack) -> Rig:
    book, port = Book(), free_port()
    process, phones = await _handset(stack, "")
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kannel-")))
    centre = ("kentongan", "secret", process.smpp_port)
    kannel = await stack.enter_async_context(RealKannel(folder, centre, f"http://127.0.0.1:{port}"))
    carrier = KannelCarrier(kannel.settings(), book)
    await listen(stack, carrier.routes(), port)
    rig = KannelRig(process, phones, carrier, book)
    rig.kannel = kannel
    return rig


async def _handset(stack: AsyncExitStack, hook: str):
    client = pytest.importorskip("handset.client", reason="no handset yet")
    config, process = pytest.importorskip("handset.config"), pytest.importorskip("handset.process")
    told = {"http": "127.0.0.1:0", "smpp": "127.0.0.1:0", "webhook-url": hook, "whatsapp-app-secret": SECRET}
    told |= {"smpp-password": "secret", "whatsapp-token": "token", "whatsapp-verify-token": VERIFY}
    running = process.HandsetProcess(config.read([f"--{name}={value}" for name, value in told.items()], {}))
    await running.start()
    stack.push_async_callback(running.stop)
    return running, await stack.enter_async_context(client.Handset(f"http://127.0.0.1:{running.http_port}"))
