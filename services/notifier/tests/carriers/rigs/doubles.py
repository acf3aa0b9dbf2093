"""Carriers with the small test servers on the other side."""

import asyncio
import json
from contextlib import AsyncExitStack

import aiohttp
from rigs.book import PHONE, Book, Rig, listen

from chassis.testing.ports import free_port
from notifier.adapters.kannel.client import KannelCarrier
from notifier.adapters.kannel.testing import SECRET as KANNEL_SECRET
from notifier.adapters.kannel.testing import SmsBox
from notifier.adapters.smpp.client import SmppCarrier
from notifier.adapters.smpp.commands import Status
from notifier.adapters.smpp.settings import parse
from notifier.adapters.smpp.testing import Centre
from notifier.adapters.twilio.client import TwilioCarrier
from notifier.adapters.twilio.testing import MessagesApi
from notifier.adapters.whatsapp.client import WhatsAppCarrier
from notifier.adapters.whatsapp.testing import CloudApi
from notifier.adapters.whatsapp.webhook import SIGNATURE, signature_of, webhook

SECRET, VERIFY = "rahasia", "tanda"


class CentreRig:
    spools = False

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
        return [_words(pdu) for pdu in self.centre.submits]

    async def say(self, text: str) -> None:
        while await self.centre.bring(source_addr=PHONE[1:], short_message=text.encode()) != Status.OK:  # noqa: ASYNC110 - it asks the other side again
            await asyncio.sleep(0.05)

    async def deliver(self, message_id: str) -> None:
        await self.centre.receipt(message_id, source=PHONE[1:])


def _words(pdu) -> str:
    """What is read of a message or a part of one. A part begins with a header whose number may be any octet."""
    octets = pdu.octets("short_message")
    return octets[octets[0] + 1 if pdu.number("esm_class") & 0x40 else 0 :].decode()


class _HttpRig:
    """What is alike for servers of ours that are context managers."""

    spools = False

    def __init__(self, server, carrier, book: Book) -> None:
        self.server, self.carrier, self.book = server, carrier, book

    async def cut(self) -> None:
        await self.server.__aexit__()

    async def mend(self) -> None:
        await self.server.__aenter__()


class CloudRig(_HttpRig):
    hook = ""

    async def throttle(self, times: int) -> None:
        self.server.refusals = [130429] * times

    async def came(self) -> list[str]:
        return [body["text"]["body"] for body in self.server.bodies]

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


class TwilioRig(_HttpRig):
    hook = ""

    async def throttle(self, times: int) -> None:
        self.server.refusals = [(429, 20429)] * times

    async def came(self) -> list[str]:
        return [form["Body"] for form in self.server.forms]

    async def say(self, text: str) -> None:
        said = {"From": PHONE, "To": "+15005550006", "Body": text, "MessageSid": "SMin", "NumMedia": "0"}
        while await self.server.call_back(self.hook, **said) != 200:  # noqa: ASYNC110 - it asks the other side again
            await asyncio.sleep(0.05)

    async def deliver(self, message_id: str) -> None:
        url = self.server.forms[-1]["StatusCallback"]
        assert await self.server.call_back(url, MessageSid=message_id, MessageStatus="delivered", To=PHONE) == 200


class KannelRig(_HttpRig):
    hook = ""

    async def throttle(self, times: int) -> None:
        self.server.answers = [(429, b"Throttling limit reached")] * times

    async def came(self) -> list[str]:
        return [query["text"] for query in self.server.queries]

    async def say(self, text: str) -> None:
        words = text.replace(" ", "+")
        url = f"{self.hook}?secret={KANNEL_SECRET}&id=77d7&from=%2B{PHONE[1:]}&to=2525&text={words}&coding=0"
        while await self.server.fetch(url) != 200:  # noqa: ASYNC110 - it asks the other side again
            await asyncio.sleep(0.05)

    async def deliver(self, message_id: str) -> None:
        assert message_id in self.server.queries[-1]["dlr-url"]
        assert await self.server.report(-1, 1) == 200


async def smpp_centre(stack: AsyncExitStack) -> Rig:
    book = Book()
    centre = await stack.enter_async_context(Centre())
    return CentreRig(centre, SmppCarrier(parse(centre.url("response_timeout=5")), book), book)


async def whatsapp_api(stack: AsyncExitStack) -> Rig:
    book = Book()
    api = await stack.enter_async_context(CloudApi())
    rig = CloudRig(api, WhatsAppCarrier(api.settings()), book)
    rig.hook = await listen(stack, webhook(SECRET, VERIFY, book, api.settings(), path="/hook")) + "/hook"
    return rig


async def twilio_api(stack: AsyncExitStack) -> Rig:
    return await _with_hook(stack, TwilioRig, MessagesApi(), TwilioCarrier)


async def kannel_box(stack: AsyncExitStack) -> Rig:
    return await _with_hook(stack, KannelRig, SmsBox(), KannelCarrier)


async def _with_hook(stack: AsyncExitStack, rig, server, carrier) -> Rig:
    book, port = Book(), free_port()
    await stack.enter_async_context(server)
    made = carrier(server.settings(f"callback=http://127.0.0.1:{port}"), book)
    await listen(stack, made.routes(), port)
    rigged = rig(server, made, book)
    rigged.hook = f"http://127.0.0.1:{port}/webhooks/{made.name}/{made.name}"
    return rigged
