"""Puts a handset together, starts and stops it."""

import asyncio
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from aiohttp import web

from handset import pages
from handset.actions import Actions
from handset.carriers import Carriers
from handset.config import Config, address
from handset.control import Control
from handset.conversations import Conversations
from handset.faults import Faults
from handset.journal import FileJournal, Journal, NoJournal
from handset.messages import CARRIERS
from handset.people import read_people, read_places
from handset.stream import Stream
from handset.whatsapp.account import AccountControl
from handset.whatsapp.api import CloudApi
from handset.whatsapp.media import LARGEST, MediaFolder
from handset.whatsapp.phones import WhatsAppPhones
from handset.whatsapp.templates import Templates
from handset.whatsapp.webhooks import Account, Webhooks


class HandsetProcess:
    """One handset: an SMPP server, a WhatsApp API and a page over the same phones.

    Raises OSError at start: an address is taken or a file cannot be read.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        state = config.file("state")
        self.stream = Stream()
        self.faults = Faults()
        self.conversations = Conversations(
            _journal(state, "journal.jsonl"), self.stream, read_people(config.file("people"))
        )
        self._account = Account(
            config.whatsapp_token,
            config.whatsapp_app_secret,
            config.whatsapp_verify_token,
            config.whatsapp_phone_number_id,
            "6281200000000",
            config.webhook_url,
        )
        self._sms = Carriers(config, self.conversations, self.faults, self.stream)
        self.smpp = self._sms.smpp[0].server
        self.webhooks = Webhooks(self._account, self.conversations, self.faults)
        self._whatsapp = WhatsAppPhones(self.conversations, self.webhooks, self.faults)
        self._ends = ExitStack()
        folder = state or Path(self._ends.enter_context(tempfile.TemporaryDirectory(prefix="handset-")))
        self._media = MediaFolder(folder / "media")
        self._templates = _templates(_journal(state, "templates.jsonl"))
        self._templates.tell = self.webhooks.news
        self._runner: web.AppRunner | None = None
        self.http_port = 0
        self.smpp_port = 0
        self.smpp2_port = 0

    async def start(self) -> None:
        """Restore what was, listen on both addresses."""
        self._runner = web.AppRunner(self._application(), shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, *address(self._config.http))
        await site.start()
        self.http_port = self._runner.addresses[0][1]
        self.smpp_port, *second = await self._sms.start()
        self.smpp2_port = second[0] if second else 0
        self._whatsapp.restore()
        await self.webhooks.start()

    async def stop(self) -> None:
        """Stop listening and end what runs."""
        self.stream.close()
        await self._sms.stop()
        await self.webhooks.stop()
        if self._runner is not None:
            await self._runner.cleanup()
        self._ends.close()

    def _application(self) -> web.Application:
        application = web.Application(client_max_size=LARGEST + 1024 * 1024)
        actions = Actions(self.conversations, self._sms.say, self._whatsapp, self._media)
        control = Control(
            self.conversations,
            actions,
            self.faults,
            self._media,
            self._carriers,
            self._sms.drop,
            self._empty,
            read_places(self._config.place_files()),
        )
        api = CloudApi(self._account, self._whatsapp, self._media, self._templates, self.faults)
        account = AccountControl(self._account, self._templates, self.webhooks)
        application.add_routes(
            [*control.routes(), *account.routes(), *api.routes(), *self._sms.routes(), *pages.routes()]
        )
        application.router.add_post("/api/webhook/verify", self._verify)
        return application

    def _carriers(self) -> dict[str, Any]:
        return {
            **self._sms.to_json(),
            "whatsapp": {"webhook": self._account.webhook_url, "failures": self.webhooks.failures},
            "owed": {carrier: len(self.conversations.owed(carrier)) for carrier in CARRIERS},
        }

    async def _empty(self) -> None:
        """Forget all messages, and what the service was not told."""
        await self._sms.forget()
        await self.webhooks.lanes.clear()
        self.conversations.reset()

    async def _verify(self, _: web.Request) -> web.StreamResponse:
        return web.json_response({"verified": await self.webhooks.verify()})


def _journal(state: Path | None, name: str) -> Journal:
    return FileJournal(state / name) if state else NoJournal()


def _templates(journal: Journal) -> Templates:
    kept = [data for _, data in journal.read()]
    templates = Templates()
    for data in kept:
        templates.register(data)
    templates.keep = lambda data: journal.write("template", data)
    return templates


async def run(config: Config, stop: asyncio.Event) -> None:
    """Run a handset until told to stop."""
    process = HandsetProcess(config)
    await process.start()
    try:
        await stop.wait()
    finally:
        await process.stop()
