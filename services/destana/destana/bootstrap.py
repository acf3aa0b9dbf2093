"""The composition of the process: what reads, what answers, what is due."""

from chassis.kernel.clock import Clock
from chassis.process import Process
from chassis.region.spots import RegionPlaces
from destana.adapters.contracts import encoder
from destana.adapters.open_incidents import Queries
from destana.adapters.rules import load_rules
from destana.adapters.tables import TABLES
from destana.config import Config
from destana.entrypoints import deadlines, deliveries, field_messages
from destana.entrypoints.commands import Hazards
from destana.entrypoints.scene import World
from kentongan.destana.v1.service_pb2_grpc import add_HazardServiceServicer_to_server
from wire.dialogue.drafts import DRAFTS


def build(config: Config, clock: Clock | None = None) -> Process:
    """Put the process together; nothing runs yet."""
    region = config.region
    world = World(region, RegionPlaces(region), load_rules(region))
    return Process(
        config.process.service,
        config.process,
        tables=(DRAFTS, *TABLES),  # locked in this order: every message asks for its draft first
        encode=encoder(config.notifier_key),
        subscriptions=(
            field_messages.subscription(config.process.keys.sealing, world),
            deliveries.subscription(),
        ),
        timers=deadlines.timers(world),
        servicers=lambda process: [
            (add_HazardServiceServicer_to_server, Hazards(process.boundary, Queries(process.pool), world)),
        ],
        clock=clock,
    )
