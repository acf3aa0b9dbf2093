"""A region that warns on both channels at once, people of every kind in it, and what came of them."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copytree
from typing import Any
from uuid import UUID

from chaos.apart import NOTIFIER
from chaos.checker import Row
from chaos.clients import History, People, Values
from chaos.fanout import PEOPLE, PHONE, Fanout
from chaos.observers import bus_of
from chaos.persons import STATES, Warned, Who
from e2e.running import Running

from chassis.settings import load
from handset.client import Handset
from kentongan.notifier.v1.channel_pb2 import Channel
from kentongan.notifier.v1.delivery_pb2 import DeliveryFact
from notifier.adapters.delivery_facts import delivery_id
from notifier.adapters.vault import Vault
from notifier.bootstrap.ground import vault_of
from notifier.config import SERVICE, NotifierSettings
from notifier.domain.lane import channel_of
from stack import database, processes
from stack.home import CHECKOUT

WINDOW = 10  # of one channel's walk: small, so that what a crash may leave in doubt is little
TIER = "TIER_250"  # WhatsApp speaks to so many people a day: the others have SMS alone
NO_WHATSAPP, ONLY_WHATSAPP = PEOPLE - 2, PEOPLE - 1  # these two of each village
_COPIES = (
    "select alert::text, contact::text, queue, state::int, due::text from delivery where alert = any($1::uuid[])"
)
_ONLY_WHATSAPP = (
    "update contact set phone_hash = null, phone_sealed = null, whatsapp_hash = $2, whatsapp_sealed = $3"
    " where id = $1"
)
_UNDER_WAY = "select count(*) from delivery where alert = any($1::uuid[]) and state = any($2::smallint[])"


class BothChannels(Running):
    """A stack of a region like Rembang, which says life-safety on both channels."""

    def environment(self) -> dict[str, str]:
        told = {"KENTONGAN_REGION": str(self.traces.parent / "regions/33.17")}
        told |= {"KENTONGAN_QUIET_HOURS": "off", "KENTONGAN_NOTIFIER_WINDOW": str(WINDOW)}
        return Running.environment(self) | told

    def write_region(self) -> None:
        """Copy the region pack, and change one word of it."""
        pack = copytree(CHECKOUT / "regions/33.17", self.environment()["KENTONGAN_REGION"], dirs_exist_ok=True)
        about, key = (Path(pack) / "region.yaml").read_text(), "life_safety_on_both_channels: "
        assert f"{key}false" in about
        (Path(pack) / "region.yaml").write_text(about.replace(f"{key}false", f"{key}true"))

    def vault(self) -> Vault:
        """The notifier's keys."""
        told = processes.environment(self.home, NOTIFIER) | self.environment()
        return vault_of(load(NotifierSettings, SERVICE, told))


@dataclass(slots=True)
class Crowd:
    """Everybody of some villages. In the first one nobody has WhatsApp."""

    running: BothChannels
    fanout: Fanout
    contacts: dict[str, str] = field(default_factory=dict)  # by phone, as the handset writes it
    villages: dict[str, str] = field(default_factory=dict)  # of each contact
    only_whatsapp: set[str] = field(default_factory=set)
    unreachable: set[str] = field(default_factory=set)

    async def settle(self, folder: Path) -> None:
        """Import them; take the phone from some, WhatsApp from others, and a place in the tier from the rest."""
        await asyncio.to_thread(self.fanout.settle, folder)
        book, vault = People(self.running.home, History(), Values(), asyncio.Event()), self.running.vault()
        connection, absent = await database.connect(self.running.home, "notifier"), list[str]()
        try:
            for number, village, person in self._people():
                phone = "62" + PHONE.format(number, person).replace("-", "").removeprefix("0")
                contact = self.contacts[phone] = book.contact(phone)
                self.villages[contact] = village
                if number == 0 or person == NO_WHATSAPP:
                    absent.append(phone)
                if person == ONLY_WHATSAPP:
                    self.only_whatsapp.add(contact)
                    id_ = UUID(contact)
                    await connection.execute(_ONLY_WHATSAPP, id_, vault.digest(phone), vault.hide(phone, id_))
                if number == 0 and person == ONLY_WHATSAPP:
                    self.unreachable.add(contact)
        finally:
            await connection.close()
        async with Handset(self.running.handset) as phones:
            await phones.faults(no_whatsapp=absent)
            await phones._call("PATCH", "/api/whatsapp/account", json={"tier": TIER})

    def _people(self) -> Iterator[tuple[int, str, int]]:
        for number, village in enumerate(self.fanout.villages):
            for person in range(PEOPLE):
                yield number, village, person

    async def under_way(self, alerts: list[UUID], states: list[int]) -> int:
        """How many copies of the alerts are in one of these states."""
        connection = await database.connect(self.running.home, "notifier")
        try:
            count: int = await connection.fetchval(_UNDER_WAY, alerts, states)
            return count
        finally:
            await connection.close()

    async def until(self, alerts: list[UUID], states: list[int], least: int, seconds: float = 90) -> None:
        """Wait until so many copies are in one of these states."""
        give_up = time.monotonic() + seconds
        while (found := await self.under_way(alerts, states)) < least:
            assert time.monotonic() < give_up, (
                f"{found} copies in states {states}, not {least}, after {seconds:.0f} s"
            )
            await asyncio.sleep(0.03)

    async def sent(self, alerts: list[UUID], seconds: float = 90) -> None:
        """Wait until nothing of the alerts waits to be sent."""
        await self.until(alerts, [2, 3, 4, 5], 1)
        give_up = time.monotonic() + seconds
        while left := await self.under_way(alerts, [0, 1, 8]):
            assert time.monotonic() < give_up, f"{left} copies are not sent after {seconds:.0f} s"
            await asyncio.sleep(0.1)

    async def look(self, places: dict[UUID, str], nowhere: set[UUID]) -> Warned:
        """Take everything in. `places`: where each alert is for; `nowhere`: those that no carrier could bring."""
        asked = {str(alert): {who for who, village in self.villages.items() if village.startswith(place)}
                 for alert, place in places.items()}  # fmt: skip
        people = {Who(alert, contact) for alert, each in asked.items() for contact in each}
        found = Warned(asked)
        # Villages warned by themselves, before all were, found the tier empty.
        found.both = {who for who in people if who.contact not in self.only_whatsapp
                      and self.villages[who.contact] in places.values()}  # fmt: skip
        found.nowhere = {who for who in people
                         if UUID(who.alert) in nowhere or who.contact in self.unreachable}  # fmt: skip
        connection = await database.connect(self.running.home, "notifier")
        try:
            rows = [dict(row) for row in await connection.fetch(_COPIES, list(places))]
        finally:
            await connection.close()
        found.copies = [row | {"channel": channel_of(row["queue"]).value} for row in rows]
        codes = {code: str(alert) for code, alert in self.fanout.alerts.items()}
        for (phone, channel, code), count in (await self.fanout.shown()).items():
            found.shown[Who(codes[code], self.contacts[phone]), channel] += count
        found.beyond = dict(await self.fanout.doubled())
        found.facts = await self._facts({str(delivery_id(UUID(a), UUID(c))): c for a, c in people}, set(asked))
        return found

    async def _facts(self, contacts: dict[str, str], alerts: set[str]) -> list[Row]:
        async with bus_of(self.running.home) as bus:
            records = await bus.read("kentongan.notifier.delivery.v1", seconds=30)
        facts = [DeliveryFact.FromString(one.value) for one in records if one.value is not None]
        return [_row(one, contacts) for one in {one.metadata.event_id: one for one in facts}.values()
                if one.alert_id in alerts]  # fmt: skip


def _row(fact: DeliveryFact, contacts: dict[str, str]) -> Row:
    kind = str(fact.WhichOneof("fact"))
    told: Any = getattr(fact, kind)
    channel = getattr(told, "channel", None) or getattr(told, "from", 0)
    counts = {name: getattr(told.counts, name) for name in ("planned", *STATES)} if hasattr(told, "counts") else None
    return {
        "alert": fact.alert_id,
        "contact": contacts.get(fact.metadata.aggregate_id, ""),
        "kind": kind,
        "channel": Channel.Name(channel).removeprefix("CHANNEL_").lower(),
        "counts": counts,
        "deliveries": getattr(told, "deliveries", 0),
    }
