"""The composition of the process: what reads, what answers, what is due."""

from chassis.kernel.clock import Clock
from chassis.process import Process
from gareng_mesem.adapters.contracts import encoder
from gareng_mesem.adapters.open_pickups import Queries
from gareng_mesem.adapters.places import CollectorPlaces
from gareng_mesem.adapters.tables import TABLES
from gareng_mesem.config import Config
from gareng_mesem.entrypoints import contacts, deadlines, field_messages
from gareng_mesem.entrypoints.commands import Waste
from gareng_mesem.entrypoints.scene import World
from kentongan.gareng_mesem.v1.service_pb2_grpc import add_WasteServiceServicer_to_server
from wire.dialogue.drafts import DRAFTS


def build(config: Config, clock: Clock | None = None) -> Process:
    """Put the process together; nothing runs yet."""
    region = config.region
    world = World(region, CollectorPlaces(region))
    return Process(
        config.process.service,
        config.process,
        tables=(DRAFTS, *TABLES),  # locked in this order: every message asks for its draft first
        encode=encoder(config.notifier_key),
        subscriptions=(
            field_messages.subscription(config.process.keys.sealing, world),
            contacts.subscription(region.code),
        ),
        timers=deadlines.timers(world),
        servicers=lambda process: [
            (add_WasteServiceServicer_to_server, Waste(process.boundary, Queries(process.pool), world))
        ],
        clock=clock,
    )
