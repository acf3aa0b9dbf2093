"""The composition of the notifier: every part is made here, once."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from aiohttp import web

from chassis.auth.cipher import Cipher
from chassis.kernel.clock import Clock, SystemClock
from chassis.postgres.pool import open_pool
from chassis.process import Part, Process
from chassis.process.background import Background
from chassis.process.rpc import Servicers
from chassis.region.pack import Region
from kentongan.notifier.v1.alert_progress_pb2_grpc import add_AlertProgressServiceServicer_to_server
from kentongan.notifier.v1.alert_service_pb2_grpc import add_AlertServiceServicer_to_server
from kentongan.notifier.v1.alert_views_pb2_grpc import add_AlertViewServiceServicer_to_server
from kentongan.notifier.v1.contacts_service_pb2_grpc import add_ContactServiceServicer_to_server
from kentongan.notifier.v1.desk_service_pb2_grpc import add_DeskServiceServicer_to_server
from kentongan.notifier.v1.media_service_pb2_grpc import add_MediaServiceServicer_to_server
from kentongan.notifier.v1.message_service_pb2_grpc import add_MessageServiceServicer_to_server
from kentongan.notifier.v1.operations_service_pb2_grpc import add_OperationsServiceServicer_to_server
from kentongan.notifier.v1.people_service_pb2_grpc import add_PeopleServiceServicer_to_server
from kentongan.notifier.v1.roster_service_pb2_grpc import add_RosterServiceServicer_to_server
from kentongan.notifier.v1.whatsapp_service_pb2_grpc import add_WhatsAppServiceServicer_to_server
from notifier import config as work
from notifier import metrics
from notifier.adapters import contact_tables, desk_tables, tables
from notifier.adapters.alert_views import AlertViews
from notifier.adapters.asking import ACKNOWLEDGEMENTS
from notifier.adapters.attention import Forgetting
from notifier.adapters.backlogs import Backlogs
from notifier.adapters.carrier_health import CarrierHealth
from notifier.adapters.carrier_shares import CarrierShares
from notifier.adapters.chains import around, read_chains
from notifier.adapters.contracts import encoder
from notifier.adapters.counting import Watch
from notifier.adapters.deliveries import LaneDeliveries
from notifier.adapters.desk_board import DeskBoard
from notifier.adapters.desk_hours import desk_hours
from notifier.adapters.digests import Digests, Means
from notifier.adapters.directory import Directory
from notifier.adapters.erasures import Erasures
from notifier.adapters.escalating import Escalating
from notifier.adapters.escalation_steps import Ways
from notifier.adapters.expiring import Expiry
from notifier.adapters.fleet import Fleet
from notifier.adapters.fleets import SmsCarrier, callbacks, sms_carriers, sms_fleet, whatsapp_fleet
from notifier.adapters.histories import Histories
from notifier.adapters.looks import Looks
from notifier.adapters.mailroom import Mailroom
from notifier.adapters.media.photos import clean as clean_photo
from notifier.adapters.media.shelf import MediaShelf
from notifier.adapters.media.stores import store_at
from notifier.adapters.name_search import NameSearch
from notifier.adapters.outcomes import DigestOutcomes
from notifier.adapters.people import People
from notifier.adapters.phones import NoPhoneError, read_phone
from notifier.adapters.planning import Page, Planning
from notifier.adapters.progress import Progress
from notifier.adapters.quarantine import Quarantine
from notifier.adapters.quiet_hours import quiet_hours
from notifier.adapters.receipts import Receipts
from notifier.adapters.rosters import Rosters, order
from notifier.adapters.rules import planning_rules
from notifier.adapters.session import open_session
from notifier.adapters.templates import Templates
from notifier.adapters.vault import Vault
from notifier.adapters.wakes import PLAN, Wakes, queue_word
from notifier.adapters.whatsapp.account import WhatsAppAccount
from notifier.adapters.whatsapp.client import WhatsAppCarrier
from notifier.adapters.whatsapp.fitting import wanted_of
from notifier.adapters.whatsapp.graph import Graph
from notifier.adapters.whatsapp.media import WhatsAppMedia
from notifier.adapters.whatsapp.office import Office
from notifier.adapters.whatsapp.registry import Registry
from notifier.adapters.whatsapp.settings import WhatsAppSettings
from notifier.adapters.whatsapp.webhook import MAX_BODY, webhook
from notifier.application.carriers import Carrier, Quarantined
from notifier.application.contacts import Address
from notifier.application.find_people import Register
from notifier.application.house import House
from notifier.application.ports import Deliveries, MediaStore
from notifier.application.send_delivery import Times
from notifier.config import SERVICE, NotifierSettings
from notifier.domain.channel import Channel
from notifier.domain.desk import DeskTimes
from notifier.domain.escalation import Chains
from notifier.domain.lane import Lane
from notifier.entrypoints import silence
from notifier.entrypoints.alert_commands import AlertCommands
from notifier.entrypoints.alert_views import AlertViewService
from notifier.entrypoints.alerts import AlertFacts
from notifier.entrypoints.backlog_watch import watching
from notifier.entrypoints.bureau import Bureau
from notifier.entrypoints.contact_commands import ContactService
from notifier.entrypoints.desk_commands import DeskService
from notifier.entrypoints.desk_upkeep import tending
from notifier.entrypoints.desk_watch import DeskWatch
from notifier.entrypoints.escalator import escalate
from notifier.entrypoints.health import HealthReport
from notifier.entrypoints.housekeeping import Housekeeping
from notifier.entrypoints.inbound import Inbound
from notifier.entrypoints.keeper import keeping
from notifier.entrypoints.lanes import LaneWorker
from notifier.entrypoints.media_queries import MediaService
from notifier.entrypoints.operations import OperationsService
from notifier.entrypoints.operator_queries import AlertService, MessageService
from notifier.entrypoints.people_views import PeopleService
from notifier.entrypoints.photos import Photos
from notifier.entrypoints.planner import Planner
from notifier.entrypoints.progress_queries import AlertProgressService
from notifier.entrypoints.roster_commands import RosterService
from notifier.entrypoints.walking import Shape
from notifier.entrypoints.whatsapp_commands import WhatsAppService

LANE_CONNECTIONS = 4
WEBHOOK_PATH = "/webhooks/whatsapp"


def compose(config: NotifierSettings, clock: Clock | None = None, prefix: str = "") -> Process:
    """Make the process; nothing runs before it is started."""
    told = clock or SystemClock()
    region = Region.load(config.process.region, config.process.clocks)
    vault = vault_of(config)
    templates = Templates.of(region)
    chains = read_chains(region, templates.names())
    house = _House(config, region, vault, templates, chains, told)
    alerts = AlertFacts(templates, vault, told)
    return Process(
        SERVICE,
        config.process,
        tables=[
            tables.contacts(vault),
            tables.conversations(vault),
            tables.MESSAGES,
            tables.ALERTS,
            tables.KEY_HOLDERS,
            *contact_tables.tables(vault),
            desk_tables.desk_messages(vault),
            desk_tables.DESK_DEEDS,
            ACKNOWLEDGEMENTS,
        ],
        encode=encoder(vault),
        subscriptions=alerts.subscriptions() if work.PLANNER in config.roles else (),
        timers=silence.timers(house.house),
        servicers=house.servicers if work.GRPC in config.roles else None,
        parts=house.parts,
        clock=told,
        prefix=prefix,
    )


def vault_of(config: NotifierSettings) -> Vault:
    """The notifier's keys, ready for use."""
    keys = config.keys
    return Vault(Cipher(*keys.cipher), keys.hash, keys.sealing, config.readers.notifier, config.readers.by_service())


@dataclass(slots=True)
class _House:
    """Makes the parts of a running process."""

    config: NotifierSettings
    region: Region
    vault: Vault
    templates: Templates
    chains: Chains
    clock: Clock
    wakes: Wakes = field(default_factory=Wakes)
    account: WhatsAppAccount | None = None
    rosters_changed: asyncio.Event = field(default_factory=asyncio.Event)
    store: MediaStore = field(init=False)

    def __post_init__(self) -> None:
        media = self.config.media
        self.store = store_at(media.place, media.access_key, media.secret_key)

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

    def servicers(self, running: Process) -> Servicers:
        """What is served over gRPC."""
        directory = Directory(running.pool)
        bureau = self._bureau(running)
        board = Rosters(running.pool, self.vault)
        progress = AlertProgressService(running.boundary, Progress(running.pool), self.clock)
        commands = AlertCommands(running.boundary, directory, self.templates, self.vault, self.region.knows)
        return [
            (add_AlertProgressServiceServicer_to_server, progress),
            (add_ContactServiceServicer_to_server, ContactService(bureau)),
            (
                add_RosterServiceServicer_to_server,
                RosterService(bureau, board, self.region.timezone, self.rosters_changed.set),
            ),
            (add_AlertServiceServicer_to_server, AlertService(directory, commands)),
            (add_MessageServiceServicer_to_server, MessageService(directory)),
            (add_WhatsAppServiceServicer_to_server, WhatsAppService(self._office(running))),
            (
                add_MediaServiceServicer_to_server,
                MediaService(MediaShelf(running.pool, self.vault), self.store, self.vault.cipher.decrypt),
            ),
            *self._views(running, bureau.people),
            (add_DeskServiceServicer_to_server, self._desk(running, bureau.people)),
        ]

    def _views(self, running: Process, register: Register) -> Servicers:
        """What operators see."""
        looks, names = Looks(running.pool, self.vault), NameSearch(running.pool, self.vault)
        alerts = AlertViewService(AlertViews(running.pool), self.region.label, self.clock)
        operations = OperationsService(
            Backlogs(running.pool),
            CarrierHealth(running.pool).read,
            Quarantine(running.pool, self.vault),
            looks,
            self.clock,
        )
        people = PeopleService(register, names, Histories(running.pool), looks, self.address, self.clock)
        return [
            (add_AlertViewServiceServicer_to_server, alerts),
            (add_OperationsServiceServicer_to_server, operations),
            (add_PeopleServiceServicer_to_server, people),
        ]

    def _bureau(self, running: Process) -> Bureau:
        return Bureau(
            running.boundary,
            People(running.pool, self.vault),
            self.address,
            self.vault.digest,
            self.vault.seal_values,
            self.region.knows,
            self.region.label,
        )

    def _desk(self, running: Process, register: Register) -> DeskService:
        board, approved = DeskBoard(running.pool, self.vault), self.templates.approved_of(SERVICE)
        looks = Looks(running.pool, self.vault)
        seen = (register, self.house, approved, DeskWatch(board), looks, self.clock)
        return DeskService(running.boundary, board, *seen)

    def parts(self, running: Process) -> list[Part]:
        """What works, by the roles of this process; carriers first, so that they stop last."""
        roles = self.config.roles
        wakes = self.wakes
        running.boundary.on_commit.append(lambda: _wake_planner(wakes))
        mail = Mailroom(running.pool, self.vault, self.templates, running.clock.now())
        photos = self._photos(running, mail)
        sink = self._inbound(running, wakes, mail, photos)
        account = self._account(running)
        sms = sms_carriers(self.config.sms, sink)
        fleets = self._fleets(sms, account)
        lanes = [lane for role, lane in work.LANES.items() if role in roles]
        parts: list[Part] = [_Neighbours(wakes, self._connection), account, _Store(self.store)]
        parts += [photos] if work.INBOUND in roles else []
        if lanes or work.INBOUND in roles:
            parts += [_Carrier(fleet) for fleet in fleets.values()]
            parts += [sink, self._report(running, fleets)]
        parts += [self._lane(lane, running, fleets, wakes) for lane in lanes]
        parts.append(_Turns(fleets))
        if lanes:
            parts.append(Background("backlog watch", watching(lanes, Backlogs(running.pool), self.clock)))
        if work.GRPC in roles:
            tend = tending(DeskBoard(running.pool, self.vault), self.region.clock("notifier.desk_keep"), self.clock)
            parts.append(Background("name keys", NameSearch(running.pool, self.vault).fill))
            parts.append(Background("desk upkeep", tend))
        if work.PLANNER in roles:
            parts += [self._planner(running, wakes), self._keeper(running, wakes)]
            parts += [self._housekeeping(running), self._escalator(running, wakes)]
        if work.WEBHOOK in roles:
            parts.append(_Webhook(self.config, sink, account, callbacks(sms)))
        return parts

    def address(self, text: str) -> Address | None:
        """A phone as it is stored; None for what is no phone."""
        try:
            number = read_phone(text)
        except NoPhoneError:
            return None
        return Address(number, self.vault.digest(number))

    def _photos(self, running: Process, mail: Mailroom) -> Photos:
        whatsapp = _whatsapp(self.config)

        async def quarantine(spoiled: Quarantined) -> None:
            metrics.QUARANTINED.labels(spoiled.reason).inc()
            await mail.quarantine(spoiled, self.clock.now())

        return Photos(
            MediaShelf(running.pool, self.vault),
            self.store,
            {whatsapp.name: WhatsAppMedia(whatsapp, self._graph()).fetch},
            clean_photo,
            self.vault.cipher.encrypt,
            quarantine,
            self.clock,
        )

    def _inbound(self, running: Process, wakes: Wakes, mail: Mailroom, photos: Photos) -> Inbound:
        return Inbound(
            running.boundary,
            mail,
            Receipts(running.pool, self.vault, running.boundary.outbox, wakes),
            self.house,
            self.address,
            lambda user: Address(user, self.vault.digest(user)),
            self.clock,
            self.region.clock("notifier.inbound_parts"),
            photos,
        )

    def _fleets(self, sms: Sequence[SmsCarrier], account: WhatsAppAccount) -> Mapping[Channel, Fleet]:
        settings = _whatsapp(self.config)
        return {
            Channel.SMS: sms_fleet(sms, self.config.sms, self.clock.now),
            Channel.WHATSAPP: whatsapp_fleet(WhatsAppCarrier(settings, account), settings, self.clock.now),
        }

    def _report(self, running: Process, fleets: Mapping[Channel, Fleet]) -> HealthReport:
        shares = CarrierShares(running.pool, [member for fleet in fleets.values() for member in fleet.members])
        return HealthReport(
            lambda: [one for fleet in fleets.values() for one in fleet.health()],
            CarrierHealth(running.pool).write,
            lambda: shares.settle(self.clock.now()),
        )

    def _account(self, running: Process) -> WhatsAppAccount:
        """The one of this process: its part and its gRPC service share it."""
        if self.account is None:
            settings = self.config.whatsapp
            self.account = WhatsAppAccount(
                running.pool,
                self._graph(),
                Registry(wanted_of(self.templates[name] for name in self.templates.names())),
                self.wakes,
                self.clock,
                settings.tier,
                reads=work.PLANNER in self.config.roles,
            )
        return self.account

    def _office(self, running: Process) -> Office:
        return Office(self._account(running), running.pool, self._graph(), self.clock)

    def _graph(self) -> Graph:
        return Graph(_whatsapp(self.config), self.config.whatsapp.business_id)

    def _planner(self, running: Process, wakes: Wakes) -> Planner:
        planning = Planning(running.pool, self.templates, planning_rules(self.region, self.config.routine_per_day))

        async def turn(lane: Lane) -> Page:
            page = await planning.turn(lane, self.clock.now())
            if page.told:
                running.boundary.outbox.wake.set()
            for queue in page.heads:
                wakes.wake(queue_word(queue))
            metrics.PLANNED.labels(lane.word).inc(page.count)
            return page

        return Planner(turn, lambda lane: wakes.event(f"{PLAN}:{lane.word}"))

    def _housekeeping(self, running: Process) -> Housekeeping:
        return Housekeeping(
            running.boundary,
            Rosters(running.pool, self.vault),
            Erasures(running.pool, self.vault, running.boundary.outbox),
            self.clock,
            self.rosters_changed,
        )

    def _escalator(self, running: Process, wakes: Wakes) -> Background:
        escalating = Escalating(running.pool, Ways(self.chains, order, around(self.region)))

        async def turn() -> bool:
            now = self.clock.now()
            await escalating.spare(now)
            done = await escalating.turn(now)
            if done.told:
                running.boundary.outbox.wake.set()
            for queue in done.queues:
                wakes.wake(queue_word(queue))
            if done.what is not None:
                metrics.ESCALATED.labels(done.what.value).inc(done.people)
            return done.more

        return Background("escalations", lambda: escalate(turn))

    def _keeper(self, running: Process, wakes: Wakes) -> Part:
        pool, relay = running.pool, running.boundary.outbox
        rules = planning_rules(self.region, self.config.routine_per_day)
        wake = lambda queue: wakes.wake(queue_word(queue))  # noqa: E731 - as the adapters take it
        chores = {
            "expiry": Expiry(pool, relay).turn,
            "progress": Watch(pool, relay).turn,
            "digests": Digests(Means(pool, relay, wake, self.templates, self.vault, rules)).turn,
            "outcomes of digests": DigestOutcomes(pool, relay).turn,
            "forgetting": Forgetting(pool, rules.attention).turn,
        }
        return Background("keeper", keeping(pool, self.clock, chores))

    def _lane(self, lane: Lane, running: Process, carriers: Mapping[Channel, Carrier], wakes: Wakes) -> LaneWorker:
        async def open_deliveries() -> Deliveries:
            url, password = self.config.process.postgres.url, self.config.process.postgres.password
            pool = await open_pool(url, password=password, name=f"notifier {lane.word}", size=LANE_CONNECTIONS)
            lock = await self._connection()
            return LaneDeliveries(lane, pool, lock, self.vault, self.templates, running.boundary.outbox, wakes)

        times = Times(self.region.clock("notifier.whatsapp_window"), self.region.clock("notifier.second_channel"))
        hold = quiet_hours(self.region, self.config.quiet_hours) if lane is Lane.ROUTINE else None
        return LaneWorker(lane, open_deliveries, carriers, self.clock, times, Shape(self.config.window), hold)

    async def _connection(self) -> object:
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


def _wake_planner(wakes: Wakes) -> None:
    for lane in Lane:
        wakes.wake(f"{PLAN}:{lane.word}")


def _whatsapp(config: NotifierSettings) -> WhatsAppSettings:
    account = config.whatsapp
    return WhatsAppSettings(account.url, account.token, account.phone_number_id)


class _Store:
    """The media store as a part: the process is ready without it, for photos wait."""

    name = "media store"
    ready = True

    def __init__(self, store: MediaStore) -> None:
        self.start = store.start
        self.stop = store.stop


class _Carrier:
    """A carrier as a part: the process is ready without it, for what it cannot take goes the other way."""

    ready = True

    def __init__(self, carrier: Carrier) -> None:
        self.name = f"carrier {carrier.name}"
        self.start = carrier.start
        self.stop = carrier.stop


class _Turns:
    """Stops before the lanes: what waits for a carrier's turn goes back to its queue, the lanes store that."""

    name = "turns"
    ready = True

    def __init__(self, fleets: Mapping[Channel, Fleet]) -> None:
        self._fleets = fleets

    async def start(self) -> None:
        """Nothing: turns are given from the beginning."""

    async def stop(self) -> None:
        for fleet in self._fleets.values():
            fleet.hold()


class _Neighbours:
    """Hears and wakes other processes of the notifier."""

    name = "neighbours"
    ready = True

    def __init__(self, wakes: Wakes, connection: Callable[[], Awaitable[object]]) -> None:
        self._wakes, self._connection = wakes, connection

    async def start(self) -> None:
        await self._wakes.join(self._connection)

    async def stop(self) -> None:
        await self._wakes.leave()


class _Webhook:
    """Meta's webhook on its own port."""

    name = "webhook"

    def __init__(
        self, config: NotifierSettings, sink: Inbound, account: WhatsAppAccount, more: Sequence[web.RouteDef]
    ) -> None:
        given = config.whatsapp
        self.ready = False
        self._more = more
        self._address = config.webhook_address
        self._routes = webhook(
            given.app_secret, given.verify_token, sink, _whatsapp(config), path=WEBHOOK_PATH, account=account
        )
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen. Raises OSError when the port is taken."""
        app = web.Application(client_max_size=MAX_BODY)
        app.add_routes([*self._routes, *self._more])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=GRACE.total_seconds())
        await self._runner.setup()
        await web.TCPSite(self._runner, self._address.host, self._address.port).start()
        self.ready = True

    async def stop(self) -> None:
        """Let what is being taken in be answered."""
        self.ready = False
        if self._runner is not None:
            await self._runner.cleanup()


GRACE = timedelta(seconds=2)
