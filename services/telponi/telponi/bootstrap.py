"""The composition of Telponi: every part is made here, once."""

from chassis.auth.cipher import Cipher
from chassis.kernel.clock import Clock
from chassis.process import Process
from chassis.region.pack import Region
from kentongan.telponi.v1.pregnancy_service_pb2_grpc import add_PregnancyServiceServicer_to_server
from kentongan.telponi.v1.referral_service_pb2_grpc import add_ReferralServiceServicer_to_server
from telponi.adapters.contracts import encoder
from telponi.adapters.drafts import drafts
from telponi.adapters.places import RegionPlaces
from telponi.adapters.pregnancies import pregnancies
from telponi.adapters.record_reads import RECORD_READS
from telponi.adapters.referrals import referrals
from telponi.adapters.vault import Vault
from telponi.application.world import World
from telponi.config import SERVICE, Config
from telponi.entrypoints import deliveries
from telponi.entrypoints.conversation import conversation
from telponi.entrypoints.deadlines import deadlines
from telponi.entrypoints.pregnancy_commands import PregnancyService
from telponi.entrypoints.referral_commands import ReferralService
from wire.dialogue.listening import listen


def compose(config: Config, clock: Clock | None = None, prefix: str = "") -> Process:
    """Make the process; nothing runs before it is started. `prefix` stands before topics and groups (tests)."""
    region = Region.load(config.process.region, config.process.clocks)
    keys = config.process.keys
    vault = Vault(Cipher(*keys.cipher), keys.hash)
    world = World(RegionPlaces(region), vault, region.clock("telponi.emergency_offer"))
    dialogue = conversation(world, region, region.clock("telponi.correction"))
    return Process(
        SERVICE,
        config.process,
        # Locked in this order: every message asks for its draft first.
        tables=[drafts(vault), pregnancies(vault), referrals(vault), RECORD_READS],
        encode=encoder(config.notifier_key),
        subscriptions=[listen(SERVICE, dialogue, keys.sealing), deliveries.subscription(world)],
        timers=deadlines(world),
        servicers=lambda running: [
            (add_PregnancyServiceServicer_to_server, PregnancyService(running.boundary, world)),
            (add_ReferralServiceServicer_to_server, ReferralService(running.boundary, world)),
        ],
        clock=clock,
        prefix=prefix,
    )
