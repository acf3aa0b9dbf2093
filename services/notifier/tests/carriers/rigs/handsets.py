"""Carriers with the handset on the other side, directly and through a real Kannel."""

import asyncio
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from rigs.book import PHONE, Book, Rig, listen
from rigs.real_kannel import RealKannel

from chassis.testing.ports import free_port
from chassis.testing.until import until
from notifier.adapters.kannel import settings as kannel
from notifier.adapters.kannel.client import KannelCarrier
from notifier.adapters.kannel.testing import SECRET as KANNEL_SECRET
from notifier.adapters.smpp.client import SmppCarrier
from notifier.adapters.smpp.settings import parse
from notifier.adapters.twilio import settings as twilio
from notifier.adapters.twilio.client import TwilioCarrier
from notifier.adapters.whatsapp.client import WhatsAppCarrier
from notifier.adapters.whatsapp.settings import WhatsAppSettings
from notifier.adapters.whatsapp.webhook import webhook
from notifier.application.carriers import Carrier

SECRET, VERIFY = "rahasia", "tanda"
FAST = "backoff_first=0.05&backoff_cap=0.2&bind_timeout=2&drain=2&response_timeout=5"


class HandsetRig:
    """One carrier of a handset, through its HTTP API; receipts come by themselves."""

    spools = False

    def __init__(self, process, phones, carrier: Carrier, book: Book, name: str = "sms") -> None:
        self.process, self.phones, self.carrier, self.book = process, phones, carrier, book
        self.name = name

    async def throttle(self, times: int) -> None:
        await self.phones._call("PATCH", "/api/faults", json={self.name: {"throttle": times}})

    async def cut(self) -> None:
        await self.phones._call("POST", "/api/faults/drop", json={"carrier": self.name, "seconds": 60})

    async def mend(self) -> None:
        await self.phones._call("DELETE", "/api/faults")

    async def came(self) -> list[str]:
        told = await self.phones._call("GET", f"/api/phones/{PHONE}/messages")
        return [one["text"] for one in told["messages"] if one["direction"] == "received"]

    async def say(self, text: str) -> None:
        await self.phones.say(PHONE, text, str(self.carrier.channel), self.name)

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


async def smpp2_handset(stack: AsyncExitStack) -> Rig:
    book = Book()
    process, phones = await _handset(stack, "", smpp2="127.0.0.1:0")
    url = f"smpp://kentongan2:secret@127.0.0.1:{process.smpp2_port}?{FAST}"
    return HandsetRig(process, phones, SmppCarrier(parse(url), book), book, "sms2")


async def twilio_handset(stack: AsyncExitStack) -> Rig:
    book, callback = Book(), f"http://127.0.0.1:{free_port()}"
    sid, inbound = "AC" + "7" * 32, f"{callback}/webhooks/twilio/twilio"
    process, phones = await _handset(stack, "", twilio_sid=sid, twilio_inbound_url=inbound)
    url = f"twilio://{sid}:token@127.0.0.1:{process.http_port}?tls=false&from=KENTONGAN&callback={callback}"
    return await _over_http(stack, "twilio", TwilioCarrier(twilio.parse(url), book), process, phones, book, callback)


async def kannel_handset(stack: AsyncExitStack) -> Rig:
    book, callback = Book(), f"http://127.0.0.1:{free_port()}"
    words = f"secret={KANNEL_SECRET}&id=%I&from=%p&to=%P&text=%b&coding=%c&charset=%C"
    process, phones = await _handset(stack, "", kannel_get_url=f"{callback}/webhooks/kannel/kannel?{words}")
    url = f"kannel://kentongan:secret@127.0.0.1:{process.http_port}?from=KENTONGAN&secret={KANNEL_SECRET}"
    carrier = KannelCarrier(kannel.parse(f"{url}&callback={callback}"), book)
    return await _over_http(stack, "kannel", carrier, process, phones, book, callback)


async def _over_http(stack: AsyncExitStack, name: str, carrier, process, phones, book: Book, callback: str) -> Rig:
    await listen(stack, carrier.routes(), int(callback.rpartition(":")[2]))
    return HandsetRig(process, phones, carrier, book, name)


async def whatsapp_handset(stack: AsyncExitStack) -> Rig:
    book, port = Book(), free_port()
    process, phones = await _handset(stack, f"http://127.0.0.1:{port}/hook")
    await phones.say(PHONE, "Buka", "whatsapp")  # opens the 24 hours
    settings = WhatsAppSettings(f"http://127.0.0.1:{process.http_port}/v23.0", "token", "100000000000001")
    await listen(stack, webhook(SECRET, VERIFY, book, settings, path="/hook"), port)
    await until(lambda: len(book.messages) == 1)
    book.messages.clear()
    return HandsetRig(process, phones, WhatsAppCarrier(settings), book, "whatsapp")


async def kannel_real(stack: AsyncExitStack) -> Rig:
    book, port = Book(), free_port()
    process, phones = await _handset(stack, "")
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kannel-")))
    centre = ("kentongan", "secret", process.smpp_port)
    real = await stack.enter_async_context(RealKannel(folder, centre, f"http://127.0.0.1:{port}"))
    carrier = KannelCarrier(real.settings(), book)
    await listen(stack, carrier.routes(), port)
    rig = KannelRig(process, phones, carrier, book)
    rig.kannel = real
    return rig


async def _handset(stack: AsyncExitStack, hook: str, **more: str):
    client = pytest.importorskip("handset.client", reason="no handset yet")
    config, process = pytest.importorskip("handset.config"), pytest.importorskip("handset.process")
    told = {"http": "127.0.0.1:0", "smpp": "127.0.0.1:0", "webhook-url": hook, "whatsapp-app-secret": SECRET}
    told |= {"smpp-password": "secret", "whatsapp-token": "token", "whatsapp-verify-token": VERIFY}
    told |= {name.replace("_", "-"): value for name, value in more.items()}
    running = process.HandsetProcess(config.read([f"--{name}={value}" for name, value in told.items()], {}))
    await running.start()
    stack.push_async_callback(running.stop)
    return running, await stack.enter_async_context(client.Handset(f"http://127.0.0.1:{running.http_port}"))
