"""What is served over gRPC."""

from functools import partial

from chassis.process import Process
from chassis.process.rpc import Servicers
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
from notifier.adapters.alert_views import AlertViews
from notifier.adapters.backlogs import Backlogs
from notifier.adapters.carrier_health import CarrierHealth
from notifier.adapters.chains import around
from notifier.adapters.desk_board import DeskBoard
from notifier.adapters.directory import Directory
from notifier.adapters.histories import Histories
from notifier.adapters.looks import Looks
from notifier.adapters.media.shelf import MediaShelf
from notifier.adapters.name_search import NameSearch
from notifier.adapters.people import People
from notifier.adapters.progress import Progress
from notifier.adapters.quarantine import Quarantine
from notifier.adapters.rosters import Rosters
from notifier.adapters.wakes import DESK
from notifier.adapters.whatsapp.office import Office
from notifier.application.find_people import Register
from notifier.bootstrap.ground import Ground
from notifier.config import SERVICE
from notifier.entrypoints.alert_bounds import Sight, callers_bounds
from notifier.entrypoints.alert_commands import AlertCommands
from notifier.entrypoints.alert_views import AlertViewService
from notifier.entrypoints.bureau import Bureau
from notifier.entrypoints.contact_commands import ContactService
from notifier.entrypoints.desk_commands import DeskService
from notifier.entrypoints.desk_watch import DeskWatch
from notifier.entrypoints.media_queries import MediaService
from notifier.entrypoints.operations import OperationsService
from notifier.entrypoints.operator_queries import AlertService, MessageService
from notifier.entrypoints.people_views import PeopleService
from notifier.entrypoints.progress_queries import AlertProgressService
from notifier.entrypoints.roster_commands import RosterService
from notifier.entrypoints.whatsapp_commands import WhatsAppService


def servicers(ground: Ground, running: Process) -> Servicers:
    """What is served over gRPC."""
    directory = Directory(running.pool)
    bureau = _bureau(ground, running)
    board, looks = Rosters(running.pool, ground.vault), Looks(running.pool, ground.vault)
    bounds = partial(callers_bounds, around(ground.region), ground.region.code, directory)
    region = ground.region
    sight = Sight(directory, bounds, [region.code, *region.districts, *region.villages, *region.facilities])
    progress = AlertProgressService(running.boundary, Progress(running.pool), ground.news, sight, ground.clock)
    commands = AlertCommands(running.boundary, directory, ground.templates, ground.vault, ground.region.knows, bounds)
    return [
        (add_AlertProgressServiceServicer_to_server, progress),
        (add_ContactServiceServicer_to_server, ContactService(bureau, looks, ground.clock)),
        (
            add_RosterServiceServicer_to_server,
            RosterService(bureau, board, ground.region.timezone, ground.rosters_changed.set),
        ),
        (add_AlertServiceServicer_to_server, AlertService(directory, sight, commands)),
        (add_MessageServiceServicer_to_server, MessageService(directory)),
        (add_WhatsAppServiceServicer_to_server, WhatsAppService(_office(ground, running))),
        (
            add_MediaServiceServicer_to_server,
            MediaService(MediaShelf(running.pool, ground.vault), ground.store, ground.vault.cipher.decrypt),
        ),
        *_views(ground, running, sight, bureau.people),
        (add_DeskServiceServicer_to_server, _desk(ground, running, bureau.people)),
    ]


def _views(ground: Ground, running: Process, sight: Sight, register: Register) -> Servicers:
    """What operators see."""
    looks, names = Looks(running.pool, ground.vault), NameSearch(running.pool, ground.vault)
    alerts = AlertViewService(AlertViews(running.pool), sight, ground.region.label, ground.clock)
    operations = OperationsService(
        Backlogs(running.pool),
        CarrierHealth(running.pool).read,
        Quarantine(running.pool, ground.vault),
        looks,
        ground.clock,
    )
    people = PeopleService(register, names, Histories(running.pool), looks, ground.address, ground.clock)
    return [
        (add_AlertViewServiceServicer_to_server, alerts),
        (add_OperationsServiceServicer_to_server, operations),
        (add_PeopleServiceServicer_to_server, people),
    ]


def _bureau(ground: Ground, running: Process) -> Bureau:
    return Bureau(
        running.boundary,
        People(running.pool, ground.vault),
        ground.address,
        ground.vault.digest,
        ground.vault.seal_values,
        ground.region.knows,
        ground.region.label,
    )


def _desk(ground: Ground, running: Process, register: Register) -> DeskService:
    board, approved = DeskBoard(running.pool, ground.vault), ground.templates.approved_of(SERVICE)
    looks = Looks(running.pool, ground.vault)
    seen = (register, ground.house, approved, DeskWatch(board, ground.wakes.event(DESK)), looks, ground.clock)
    return DeskService(running.boundary, board, *seen)


def _office(ground: Ground, running: Process) -> Office:
    return Office(ground.account(running), running.pool, ground.graph(), ground.clock)
