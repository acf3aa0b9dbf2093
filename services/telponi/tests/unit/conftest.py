"""People of a story in memory: who types what, and what comes back."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from chassis.auth.cipher import Cipher
from chassis.kernel.alert import Alert, Channel, FieldMessage, Reply, RoleAt
from chassis.kernel.work import Work
from chassis.region.pack import Region
from chassis.testing.clock import MovableClock
from chassis.testing.memory import MemoryWork
from telponi.adapters.drafts import drafts
from telponi.adapters.places import RegionPlaces
from telponi.adapters.pregnancies import pregnancies
from telponi.adapters.record_reads import RECORD_READS
from telponi.adapters.referrals import referrals
from telponi.adapters.vault import Vault
from telponi.application.expire_offer import expire_offer
from telponi.application.skip_unreached import SkipUnreached, skip_unreached
from telponi.application.world import World
from telponi.domain.pregnancy import Pregnancy
from telponi.domain.referral import Referral
from telponi.entrypoints.conversation import conversation

REGION = Region.load(Path(__file__).parents[4] / "regions/33.17")
NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
VAULT = Vault(Cipher(bytes(32)), bytes(32))
OFFER_TIME = timedelta(minutes=5)

SENDANGMULYO_KRAGAN = "33.17.12.2002"


@dataclass(frozen=True)
class Phone:
    """Somebody with roles."""

    roles: tuple[RoleAt, ...]
    contact: UUID = field(default_factory=uuid4)


class VillageLife:
    """Telponi in memory, spoken to by phones."""

    def __init__(self) -> None:
        self.clock = MovableClock(NOW)
        tables = [pregnancies(VAULT), referrals(VAULT), drafts(VAULT), RECORD_READS]
        self.memory = MemoryWork(self.clock, tables)
        self.world = World(RegionPlaces(REGION), VAULT, OFFER_TIME)
        self.dialogue = conversation(self.world, REGION, timedelta(minutes=15))
        self.midwife = self.phone(f"midwife@{SENDANGMULYO_KRAGAN}")

    @staticmethod
    def phone(*grants: str) -> Phone:
        """Somebody with roles: `midwife@33.17.12.2002`, and more."""
        return Phone(tuple(RoleAt(*grant.split("@")) for grant in grants))

    async def says(self, who: Phone, text: str) -> str:
        """What the phone gets back."""
        message = FieldMessage(uuid4(), who.contact, who.roles, Channel.SMS, self.clock.now(), text)

        async def handle(given: FieldMessage, work: Work) -> None:
            await self.dialogue.answer(given, work)

        await self.memory.do(handle, message)
        return self.memory.events_of(Reply)[-1].text

    async def registers(self, extra: str = "") -> str:
        """The midwife registers Siti; gives her code."""
        answer = await self.says(self.midwife, f"BUMIL Siti Aminah # 27 # UK 12 # G2P1A0 # 155 {extra}")
        assert answer[0] == "M", answer
        return answer[:5]

    async def passes(self, time: timedelta) -> None:
        """Time passes; clocks run out one after another."""
        self.clock.move(time)
        for timer in self.memory.due():

            async def fire(_: None, work: Work, timer=timer) -> None:  # type: ignore[no-untyped-def]
                work.clear_timer(timer.id)
                await expire_offer(timer.subject, int(timer.data["number"]), work, self.world)

            await self.memory.do(fire, None)

    async def reaches_nobody(self, alert: Alert) -> None:
        """The notifier found nobody to send the alert to."""

        async def handle(command: SkipUnreached, work: Work) -> None:
            await skip_unreached(command, work, self.world)

        await self.memory.do(handle, SkipUnreached(alert.id, alert.subject))

    @property
    def mothers(self) -> list[Pregnancy]:
        return self.memory.all(Pregnancy)

    @property
    def referrals(self) -> list[Referral]:
        return self.memory.all(Referral)

    def alerts(self, template: str) -> list[Alert]:
        return [alert for alert in self.memory.events_of(Alert) if alert.template == f"telponi.{template}"]

    def duty(self, referral: Referral) -> Phone:
        """The duty phone of the facility asked now."""
        return self.phone(f"facility_duty@{referral.facility}")


@pytest.fixture
def village() -> VillageLife:
    return VillageLife()
