"""Alerts on both channels, on a database of their own: people, their copies, and who carries them."""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
from nacl.public import PrivateKey
from outboxes import hearers, kind_of, waiting
from plans import REGION, Desk, desk

from chassis.auth.cipher import Cipher
from chassis.postgres.outbox import Outbox
from chassis.postgres.pool import open_pool
from chassis.testing.postgres import Databases
from kentongan.notifier.v1 import delivery_pb2
from notifier.adapters.alert_news import AlertNews
from notifier.adapters.beginnings import PlanningRules
from notifier.adapters.deliveries import LaneDeliveries
from notifier.adapters.receipts import Receipts
from notifier.adapters.templates import Templates
from notifier.adapters.vault import Vault
from notifier.adapters.wakes import Wakes
from notifier.application.outgoing import Accepted, Outgoing
from notifier.domain.alert import Alert
from notifier.domain.channel import Channel
from notifier.domain.delivery import State
from notifier.domain.lane import Lane, channel_of

SMS, WA = Channel.SMS, Channel.WHATSAPP
BOTH = PlanningRules(timedelta(hours=24), both_channels=True)
KEY = PrivateKey.generate()
VAULT = Vault(Cipher(os.urandom(32)), os.urandom(32), bytes(KEY), bytes(KEY.public_key), {})
TEXT = VAULT.seal_values({"code": "B2K7P", "hazard": "BANJIR", "place": "Kragan", "reporters": "3"})


@dataclass
class Fake:
    """A carrier behind the port: takes everything at once, or never answers, or says why not."""

    channel: Channel
    up: bool = True
    mute: bool = False
    error: Exception | None = None
    taken: list[UUID] = field(default_factory=list)
    asked: int = 0

    @property
    def name(self) -> str:
        return f"{self.channel.value}-carrier"

    def cost(self, _: Outgoing) -> int:
        return 1

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def submit(self, outgoing: Outgoing) -> Accepted:
        self.asked += 1
        if self.mute:
            await asyncio.Event().wait()
        if self.error is not None:
            raise self.error
        self.taken.append(outgoing.delivery_id)
        return Accepted((f"{self.channel.value}-{outgoing.delivery_id}",))


@dataclass
class Both(Desk):
    """A planner that sends life-safety on both channels."""

    async def villagers(self, count: int) -> list[UUID]:
        """People whose phone serves both channels."""
        await self.people(count)
        who = await self.contacts()
        phones = [VAULT.hide(f"+62812{n:08}", one) for n, one in enumerate(who)]
        await self.pool.execute(
            "update contact c set phone_sealed = x.phone from unnest($1::uuid[], $2::bytea[]) as x(id, phone)"
            " where c.id = x.id",
            who,
            phones,
        )
        return who

    async def warned(self, **more: Any) -> Alert:
        return await self.raised(**{"lane": Lane.LIFE_SAFETY, "sealed_values": TEXT, **more})

    async def stand(
        self, alert: Alert, who: Sequence[UUID], channel: Channel, state: State, reason: str = ""
    ) -> None:
        """What a carrier of the channel would make of some copies."""
        await self.pool.execute(
            "update delivery set state = $4, reason = $5 where alert = $1 and contact = any($2::uuid[])"
            " and queue % 2 = $3",
            alert.id,
            list(who),
            channel is WA,
            int(state),
            reason,
        )

    async def rows(self, alert: Alert) -> dict[tuple[UUID, Channel], tuple[State, str]]:
        rows = await self.pool.fetch("select contact, queue, state, reason from delivery where alert = $1", alert.id)
        found = {(row[0], channel_of(row[1])): (State(row[2]), row[3]) for row in rows}
        assert len(found) == len(rows)
        return found

    async def told(self, alert: Alert, *but: str) -> dict[str, int]:
        """How many different facts are told of the alert's deliveries, by kind."""
        kinds = [kind_of(event) for event in await waiting(self.pool, about=alert.id)]
        return {kind: kinds.count(kind) for kind in sorted(set(kinds) - {"AlertPlanned", *but})}

    async def reasons(self, alert: Alert, kind: str) -> list[str]:
        facts = [delivery_pb2.DeliveryFact.FromString(one.value) for one in await waiting(self.pool, kind, alert.id)]
        return [getattr(fact, str(fact.WhichOneof("fact"))).reason for fact in facts]

    async def lane(self) -> LaneDeliveries:
        """The life-safety lane, not owned yet."""
        own = self.database
        lock = await asyncpg.connect(own.url, password=own.password)
        pool = await open_pool(own.url, password=own.password, name="lane", size=4)
        return LaneDeliveries(Lane.LIFE_SAFETY, pool, lock, VAULT, Templates.of(REGION), hearers(pool))

    def receipts(self) -> Receipts:
        return Receipts(self.pool, VAULT, Outbox(self.pool), Wakes(), AlertNews(Wakes()))


async def both(databases: Databases) -> Both:
    """Make a desk of this kind."""
    made = await desk(databases)
    return Both(made.pool, BOTH, database=made.database)
