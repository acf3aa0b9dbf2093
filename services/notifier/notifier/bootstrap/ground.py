"""What all parts of one notifier process stand on."""

import asyncio
from dataclasses import dataclass, field

from chassis.auth.cipher import Cipher
from chassis.kernel.clock import Clock
from chassis.process import Process
from chassis.region.pack import Region
from notifier import config as work
from notifier.adapters.alert_news import AlertNews
from notifier.adapters.chains import read_chains
from notifier.adapters.desk_hours import desk_hours
from notifier.adapters.media.stores import store_at
from notifier.adapters.phones import NoPhoneError, read_phone
from notifier.adapters.session import open_session
from notifier.adapters.templates import Templates
from notifier.adapters.vault import Vault
from notifier.adapters.wakes import Wakes
from notifier.adapters.whatsapp.account import WhatsAppAccount
from notifier.adapters.whatsapp.fitting import wanted_of
from notifier.adapters.whatsapp.graph import Graph
from notifier.adapters.whatsapp.registry import Registry
from notifier.adapters.whatsapp.settings import WhatsAppSettings
from notifier.application.contacts import Address
from notifier.application.house import House
from notifier.application.ports import MediaStore
from notifier.config import SERVICE, NotifierSettings
from notifier.domain.desk import DeskTimes
from notifier.domain.escalation import Chains

WEBHOOK_PATH = "/webhooks/whatsapp"


@dataclass(slots=True)
class Ground:
    """Settings, region, keys and texts; and what exists once in a process, made when first asked for."""

    config: NotifierSettings
    region: Region
    vault: Vault
    templates: Templates
    chains: Chains
    clock: Clock
    wakes: Wakes = field(default_factory=Wakes)
    rosters_changed: asyncio.Event = field(default_factory=asyncio.Event)
    news: AlertNews = field(init=False)
    store: MediaStore = field(init=False)
    _account: WhatsAppAccount | None = None

    def __post_init__(self) -> None:
        self.news = AlertNews(self.wakes)
        media = self.config.media
        self.store = store_at(media.place, media.access_key, media.secret_key)

    @property
    def whatsapp(self) -> WhatsAppSettings:
        """The WhatsApp number."""
        account = self.config.whatsapp
        return WhatsAppSettings(account.url, account.token, account.phone_number_id)

    @property
    def house(self) -> House:
        """What the notifier needs to answer by itself."""
        clock = self.region.clock
        desk = DeskTimes(
            claim=clock("notifier.desk_claim"),
            quiet=clock("notifier.desk_quiet"),
            unanswered=clock("notifier.desk_unanswered"),
            window=clock("notifier.whatsapp_window"),
        )
        hours = desk_hours(self.region)
        return House(clock("notifier.conversation"), self.vault.seal_values, self._place_code, desk, hours)

    def address(self, text: str) -> Address | None:
        """A phone as it is stored; None for what is no phone."""
        try:
            number = read_phone(text)
        except NoPhoneError:
            return None
        return Address(number, self.vault.digest(number))

    def account(self, running: Process) -> WhatsAppAccount:
        """The one of this process: its part and its gRPC service share it."""
        if self._account is None:
            settings = self.config.whatsapp
            self._account = WhatsAppAccount(
                running.pool,
                self.graph(),
                Registry(wanted_of(self.templates[name] for name in self.templates.names())),
                self.wakes,
                self.clock,
                settings.tier,
                reads=work.PLANNER in self.config.roles,
            )
        return self._account

    def graph(self) -> Graph:
        """Meta's API beside the messages."""
        return Graph(self.whatsapp, self.config.whatsapp.business_id)

    async def connection(self) -> object:
        """A connection of its own, for locks and listening."""
        settings = self.config.process.postgres
        return await open_session(settings.url, password=settings.password, name=SERVICE)

    def _place_code(self, text: str) -> str | None:
        """The code of a place that people name: a code, a village, a district."""
        if self.region.knows(text):
            return text
        if (village := self.region.find_village(text).village) is not None:
            return village.code
        named = [d.code for d in self.region.districts.values() if d.name.casefold() == text.strip().casefold()]
        return named[0] if named else None


def vault_of(config: NotifierSettings) -> Vault:
    """The notifier's keys, ready for use."""
    keys = config.keys
    return Vault(Cipher(*keys.cipher), keys.hash, keys.sealing, config.readers.notifier, config.readers.by_service())


def stand_on(config: NotifierSettings, clock: Clock) -> Ground:
    """Read the region pack and its texts. Raises ValueError naming what is wrong in it."""
    region = Region.load(config.process.region, config.process.clocks)
    templates = Templates.of(region)
    return Ground(config, region, vault_of(config), templates, read_chains(region, templates.names()), clock)
