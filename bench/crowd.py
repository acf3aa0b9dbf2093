"""A crowd to warn: contacts in the notifier's database, alerts on its topics, and a look at what became of them."""

import asyncio
import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from uuid import UUID, uuid4

from aiokafka import AIOKafkaProducer

from chassis.kernel.alert import Alert, Group, Lane
from chassis.postgres.outbox import Recorded
from launched import SERVICES
from measure import Corner
from notifier import config
from notifier.adapters.vault import Vault
from notifier.bootstrap.ground import vault_of
from notifier.domain.audience import inside_keys
from notifier.domain.contact import Grant
from stack import database, processes
from stack.home import Home
from wire.alerts import encode_alert

ROLE = "resident"
TEMPLATE = "destana.incident"
_COLUMNS = (  # of a contact
    "id", "version", "phone_hash", "phone_sealed", "name_sealed", "held", "inside", "preferred", "on_duty",
    "opted_out", "name_keys",
)  # fmt: skip


def nap(left: int, longest: float) -> float:
    """Seconds until the next look at a crowd of whom so many are left: the end is seen when it comes."""
    return min(longest, max(0.02, left / 25_000))


def settings(home: Home, **given: str) -> config.NotifierSettings:
    """The notifier's settings, as the stack gives them."""
    os.environ.update(processes.environment(home, SERVICES["notifier"]) | given)
    return config.load()


class Crowd:
    """People of one place, all reached by SMS first. `place` is where all of them live."""

    def __init__(self, home: Home, place: str = "33.17.12.2002") -> None:
        self._home, self._place = home, place
        self._settings = settings(home)
        self._vault: Vault = vault_of(self._settings)

    async def settle(self, count: int, *, first: int = 0, role: str = ROLE, place: str = "") -> None:
        """Let `count` people live there, with numbers of their own."""
        grant = Grant(role, place or self._place)
        rows = [self._row(first + number, grant) for number in range(count)]
        connection = await database.connect(self._home, "notifier")
        await connection.copy_records_to_table("contact", records=rows, columns=_COLUMNS)
        await connection.execute("analyze contact")
        await connection.close()

    def _row(self, number: int, grant: Grant) -> tuple[Any, ...]:
        id_, phone = uuid4(), f"+62811{number:08d}"
        vault = self._vault
        return (
            id_, 1, vault.digest(phone), vault.hide(phone, id_), vault.hide("Warga", id_), [str(grant)],
            inside_keys([grant]), "sms", True, False, [],
        )  # fmt: skip

    async def clear(self) -> None:
        """Forget people and alerts; the queues' numbers go on."""
        connection = await database.connect(self._home, "notifier")
        await connection.execute(
            "truncate contact, alert, delivery, carrier_message, conversation, early_receipt, attention, digest_item"
        )
        await connection.close()

    async def forget_alerts(self) -> None:
        """Forget alerts and deliveries, keep the people."""
        connection = await database.connect(self._home, "notifier")
        await connection.execute("truncate alert, delivery, carrier_message, attention, digest_item")
        await connection.execute("vacuum analyze outbox")
        await connection.close()

    def alert(self, lane: Lane, code: str, *, role: str = ROLE, place: str = "") -> Alert:
        """A warning to everybody of the role in the place."""
        values: Mapping[str, str] = {
            "code": code,
            "hazard": "BANJIR",
            "place": "Sendangmulyo, Kragan",
            "reporters": "2",
        }
        return Alert(
            id=uuid4(),
            subject=uuid4(),
            template=TEMPLATE,
            values=values,
            lane=lane,
            expires_at=datetime.now(UTC) + timedelta(hours=2),
            groups=(Group(role, place or self._place, within=True),),
        )

    async def finished(self, alert: UUID, count: int, give_up: float) -> float:
        """Wait until every delivery of the alert has its outcome stored; the monotonic time when it was seen."""
        connection = await database.connect(self._home, "notifier")
        try:
            end = time.monotonic() + give_up
            while time.monotonic() < end:
                row = await connection.fetchrow(
                    "select (select state from alert where id = $1) as state,"
                    " (select count(*) from delivery where alert = $1 and state in (2, 3, 4, 5, 6)) as done",
                    alert,
                )
                if row is not None and row["state"] == "planned" and row["done"] >= count:
                    return time.monotonic()
                left = count - (row["done"] if row else 0)
                await asyncio.sleep(nap(left, 1.0))  # a look costs: it counts them all
        finally:
            await connection.close()
        raise RuntimeError(f"the alert was not finished within {give_up:.0f} s")


class Bell:
    """Raises alerts on the notifier's topics, as services do."""

    def __init__(self, at: Corner, home: Home) -> None:
        self._client = at.kafka.broker.client()
        self._key = bytes.fromhex((home.secrets / "sealing-notifier.pub").read_text().strip())

    async def __aenter__(self) -> Self:
        self._producer = AIOKafkaProducer(**self._client, linger_ms=0, enable_idempotence=True)
        await self._producer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._producer.stop()

    async def ring(self, alert: Alert) -> float:
        """Put it on its lane's topic; the monotonic time before."""
        row = encode_alert(alert, Recorded(uuid4(), datetime.now(UTC), None, alert.id, 1), self._key)
        headers = [("ce_id", str(row.event_id).encode()), ("ce_type", row.type.encode())]
        began = time.monotonic()
        await self._producer.send_and_wait(row.topic, row.value, key=str(row.key).encode(), headers=headers)
        return began
