"""Every carrier with somebody on the other side: the small test servers, and the handset that people use locally."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from typing import Protocol

import aiohttp
import pytest
import uvloop
from aiohttp import web

from notifier.adapters.smpp.client import SmppCarrier
from notifier.adapters.smpp.commands import Status
from notifier.adapters.smpp.settings import parse
from notifier.adapters.smpp.testing import Centre
from notifier.adapters.whatsapp.client import WhatsAppCarrier
from notifier.adapters.whatsapp.settings import WhatsAppSettings
from notifier.adapters.whatsapp.testing import CloudApi
from notifier.adapters.whatsapp.webhook import SIGNATURE, signature_of, webhook
from notifier.application.carriers import Carrier, Incoming, Notice, Quarantined, Receipt

PHONE = "+6281200000001"
SECRET, VERIFY = "rahasia", "tanda"
FAST = "backoff_first=0.05&backoff_cap=0.2&bind_timeout=2&drain=2&response_timeout=5"


class Book:
    """A sink that remembers; broken, it refuses everything."""

    def __init__(self) -> None:
        self.receipts: list[Receipt] = []
        self.messages: list[Incoming] = []
        self.refused = 0
        self.broken = False

    def _safe(self) -> None:
        if self.broken:
            self.refused += 1
            raise ConnectionError("no database")

    async def on_receipt(self, receipts: Sequence[Receipt]) -> None:
        self._safe()
        self.receipts.extend(receipts)

    async def on_message(self, message: Incoming) -> None:
        self._safe()
        self.messages.append(message)

    async def on_quarantine(self, spoiled: Quarantined) -> None:
        raise AssertionError(f"nothing here is malformed: {spoiled}")

    async def on_notice(self, notice: Notice) -> None:
        raise AssertionError(f"nothing here is news: {notice}")


class Rig(Protocol):
    """A started carrier and the levers of the other side."""

    carrier: Carrier
    book: Book

    async def throttle(self, times: int) -> None: ...
    async def cut(self) -> None: ...  # the other side goes away
    async def mend(self) -> None: ...
    async def came(self) -> list[str]: ...  # texts on the phone
    async def say(self, text: str) -> None: ...  # from the phone; brought again until it is taken
    async def deliver(self, message_id: str) -> None: ...  # the phone has it


class CentreRig:
    def __init__(self, centre: Centre, carrier: SmppCarrier, book: Book) -> None:
        self.centre, self.carrier, self.book = centre, carrier, book

    async def throttle(self, times: int) -> None:
        left = iter([Status.THROTTLED] * times)
        self.centre.status = lambda _: next(left, Status.OK)

    async def cut(self) -> None:
        await self.centre.__aexit__()

    async def mend(self) -> None:
        await self.centre.__aenter__()

    async def came(self) -> list[str]:
        return [pdu.octets("short_message").decode() for pdu in self.centre.submits]

    async def say(self, text: str) -> None:
        while await self.centre.bring(source_addr=PHONE[1:], short_message=text.encode()) != Status.OK:  # noqa: ASYNC110 - it asks the other side again
            await asyncio.sleep(0.05)

    async def deliver(self, message_id: str) -> None:
        await self.centre.receipt(message_id, source=PHONE[1:])


class CloudRig:
    def __init__(self, api: CloudApi, carrier: WhatsAppCarrier, book: Book, hook: str) -> None:
        self.api, self.carrier, self.book, self.hook = api, carrier, book, hook

    async def throttle(self, times: int) -> None:
        self.api.refusals = [130429] * times

    async def cut(self) -> None:
        await self.api.__aexit__()

    async def mend(self) -> None:
        await self.api.__aenter__()

    async def came(self) -> list[str]:
        return [body["text"]["body"] for body in self.api.bodies]

    async def say(self, text: str) -> None:
        message = {"from": PHONE[1:], "id": "wamid.in", "timestamp": "1", "type": "text", "text": {"body": text}}
        await self._post(messages=[message])

    async def deliver(self, message_id: str) -> None:
        status = {"id": message_id, "status": "delivered", "timestamp": "1", "recipient_id": PHONE[1:]}
        await self._post(statuses=[status])

    async def _post(self, **value: object) -> None:
        raw = json.dumps({"entry": [{"changes": [{"field": "messages", "value": value}]}]}).encode()
        async with aiohttp.ClientSession() as session:
            while True:
                async with session.post(
                    self.hook, data=raw, headers={SIGNATURE: signature_of(SECRET, raw)}
                ) as answer:
                    if answer.ok:
                        return
                await asyncio.sleep(0.05)


class HandsetRig:
    """Either channel of a handset, through its HTTP API; receipts come by themselves."""

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


async def _listen(stack: AsyncExitStack, book: Book, settings: WhatsAppSettings, port: int) -> str:
    application = web.Application()
    application.add_routes(webhook(SECRET, VERIFY, book, settings, path="/hook"))
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", port).start()
    return f"http://127.0.0.1:{runner.addresses[0][1]}/hook"


async def smpp_centre(stack: AsyncExitStack) -> Rig:
    book = Book()
    centre = await stack.enter_async_context(Centre())
    return CentreRig(centre, SmppCarrier(parse(centre.url("response_timeout=5")), book), book)


async def whatsapp_api(stack: AsyncExitStack) -> Rig:
    book = Book()
    api = await stack.enter_async_context(CloudApi())
    hook = await _listen(stack, book, api.settings(), 0)
    return CloudRig(api, WhatsAppCarrier(api.settings()), book, hook)


async def smpp_handset(stack: AsyncExitStack) -> Rig:
    book = Book()
    process, phones = await _handset(stack, "")
    url = f"smpp://kentongan:secret@127.0.0.1:{process.smpp_port}?{FAST}"
    return HandsetRig(process, phones, SmppCarrier(parse(url), book), book)


async def whatsapp_handset(stack: AsyncExitStack) -> Rig:
    book, port = Book(), _free_port()
    process, phones = await _handset(stack, f"http://127.0.0.1:{port}/hook")
    await phones.say(PHONE, "Buka", "whatsapp")  # opens the 24 hours
    settings = WhatsAppSettings(f"http://127.0.0.1:{process.http_port}/v23.0", "token", "100000000000001")
    await _listen(stack, book, settings, port)
    await until(lambda: len(book.messages) == 1)
    book.messages.clear()
    return HandsetRig(process, phones, WhatsAppCarrier(settings), book)


async def _handset(stack: AsyncExitStack, hook: str):
    client = pytest.importorskip("handset.client", reason="no handset yet")
    config, process = pytest.importorskip("handset.config"), pytest.importorskip("handset.process")
    told = {"http": "127.0.0.1:0", "smpp": "127.0.0.1:0", "webhook-url": hook, "whatsapp-app-secret": SECRET}
    told |= {"smpp-password": "secret", "whatsapp-token": "token", "whatsapp-verify-token": VERIFY}
    running = process.HandsetProcess(config.read([f"--{name}={value}" for name, value in told.items()], {}))
    await running.start()
    stack.push_async_callback(running.stop)
    return running, await stack.enter_async_context(client.Handset(f"http://127.0.0.1:{running.http_port}"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(params=[smpp_centre, whatsapp_api, smpp_handset, whatsapp_handset], ids=lambda make: make.__name__)
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    async with AsyncExitStack() as stack:
        made = await request.param(stack)
        await made.carrier.start()
        stack.push_async_callback(made.carrier.stop)
        await until(lambda: made.carrier.up)
        yield made


async def until(true: Callable[[], bool], seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - what is waited for has no event, it is read from outside
            await asyncio.sleep(0.01)


@pytest.fixture(name="until")
def _until():
    return until


@pytest.fixture(params=[asyncio.DefaultEventLoopPolicy, uvloop.EventLoopPolicy], ids=["asyncio", "uvloop"])
def event_loop_policy(request: pytest.FixtureRequest) -> asyncio.AbstractEventLoopPolicy:
    """Services run on uvloop, whose transports differ."""
    return request.param()
