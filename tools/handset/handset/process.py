"""Puts a handset together, starts and stops it."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from aiohttp import web

from handset import pages
from handset.actions import Actions
from handset.config import Config, address
from handset.control import Control
from handset.conversations import Conversations
from handset.faults import Faults
from handset.journal import FileJournal, Journal, NoJournal
from handset.lanes import Lanes
from handset.people import read_people, read_places
from handset.smpp.inbox import Inbox
from handset.smpp.server import SmppServer
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
        self.smpp = SmppServer(
            (config.smpp_system_id, config.smpp_password),
            config.service_number,
            self.faults,
            self.stream,
            config.smpp_enquire,
        )
        self._sms_lanes = Lanes(self.smpp.deliver, self.conversations.settle)
        self._inbox = Inbox(self.conversations, self.faults, self._sms_lanes)
        self.smpp.inbox = self._inbox
        self.webhooks = Webhooks(self._account, self.conversations, self.faults)
        self._whatsapp = WhatsAppPhones(self.conversations, self.webhooks, self.faults)
        self._media = MediaFolder((state or Path(tempfile.mkdtemp(prefix="handset-"))) / "media")
        self._templates = _templates(_journal(state, "templates.jsonl"))
        self._templates.tell = self.webhooks.news
        self._runner: web.AppRunner | None = None
        self.http_port = 0
        self.smpp_port = 0

    async def start(self) -> None:
        """Restore what was, listen on both addresses."""
        self._runner = web.AppRunner(self._application(), shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, *address(self._config.http))
        await site.start()
        self.http_port = self._runner.addresses[0][1]
        self.smpp_port = await self.smpp.start(*address(self._config.smpp))
        self._inbox.restore()
        self._whatsapp.restore()
        for owed in self.conversations.owed("sms"):
            self._sms_lanes.put(owed)
        await self.webhooks.start()

    async def stop(self) -> None:
        """Stop listening and end what runs."""
        self.stream.close()
        await self.smpp.stop()
        await self._sms_lanes.clear()
        await self.webhooks.stop()
        if self._runner is not None:
            await self._runner.cleanup()

    def _application(self) -> web.Application:
        application = web.Application(client_max_size=LARGEST + 1024 * 1024)
        actions = Actions(self.conversations, self._sms_lanes, self._whatsapp, self._media)
        control = Control(
            self.conversations,
            actions,
            self.faults,
            self._media,
            self._carriers,
            self._drop,
            self._empty,
            read_places(self._config.place_files()),
        )
        api = CloudApi(self._account, self._whatsapp, self._media, self._templates, self.faults)
        account = AccountControl(self._account, self._templates, self.webhooks)
        application.add_routes([*control.routes(), *account.routes(), *api.routes(), *pages.routes()])
        application.router.add_post("/api/webhook/verify", self._verify)
        return application

    def _carriers(self) -> dict[str, Any]:
        return {
            "smpp": self.smpp.links(),
            "whatsapp": {"webhook": self._account.webhook_url, "failures": self.webhooks.failures},
            "owed": {
                "sms": len(self.conversations.owed("sms")),
                "whatsapp": len(self.conversations.owed("whatsapp")),
            },
        }

    async def _empty(self) -> None:
        """Forget all messages, and what the service was not told."""
        await self._sms_lanes.clear()
        await self.webhooks.lanes.clear()
        self.conversations.reset()

    def _drop(self, channel: str) -> None:
        if channel == "sms":
            self.smpp.drop()

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
