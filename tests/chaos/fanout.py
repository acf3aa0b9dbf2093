"""Alerts to many, and what came of them: raised in Destana's outbox as its own are, counted in tables and phones."""

import asyncio
import csv
import itertools
import os
import re
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from chaos.checker import FINAL, Row
from chaos.observers import Observer, _all_messages
from e2e.running import Running

from chassis.kernel.alert import Alert, Group, Lane
from chassis.postgres.outbox import Recorded, write, written
from handset.client import Handset
from stack import database
from wire.alerts import encode_alert

DISTRICT = "33.17.07"  # where nobody of the demo lives
PEOPLE = 20  # in each village
PHONE = "0817-1{:03}-{:04}"
CODE = re.compile(r"Kode (B\d{4})")
_HANDED_OUT = (
    "select count(*) from unnest($1::uuid[]) as one"
    " where (select count(*) from delivery where alert = one and state <> 0) >= $2"
)


@dataclass(slots=True)
class Fanout:
    """Remembers every alert that was accepted, which is: committed by the service that raises it."""

    running: Running
    villages: list[str]
    lanes: tuple[Lane, ...] = tuple(Lane)
    accepted: dict[UUID, int] = field(default_factory=dict)  # how many people each is for
    raised: dict[str, str] = field(default_factory=dict)  # what happened when, by the code in the text
    alerts: dict[str, UUID] = field(default_factory=dict)  # by the code in the text
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    def settle(self, folder: Path) -> None:
        """Import the people as an operator does."""
        file = folder / "crowd.csv"
        with file.open("w", newline="") as out:
            rows = csv.writer(out)
            rows.writerow(("phone", "name", "role", "place", "channel"))
            for (number, village), person in itertools.product(enumerate(self.villages), range(PEOPLE)):
                channel = "whatsapp" if person % 3 == 2 else "sms"
                rows.writerow((PHONE.format(number, person), f"Warga {person}", "resident", village, channel))
        line = [Path(sys.executable).parent / "kentongan", "contacts", "import", file, "--json"]
        told = subprocess.run(
            line,
            env=os.environ | self.running.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert told.returncode == 0, told.stdout + told.stderr

    async def raise_in(self, place: str, people: int, when: str) -> list[UUID]:
        """Raise an alert in each of the lanes to all residents of a place, in one transaction."""
        now, key = datetime.now(UTC), _sealing_key(self.running)
        alerts = [self._alert(lane, place, now) for lane in self.lanes]
        rows = [encode_alert(alert, Recorded(uuid4(), now, None, alert.id, 1), key) for alert in alerts]
        connection = await database.connect(self.running.home, "destana")
        try:
            await write(connection, [written(row, now, None) for row in rows])
        finally:
            await connection.close()
        self.accepted |= {alert.id: people for alert in alerts}
        self.raised |= {alert.values["code"]: when for alert in alerts}
        self.alerts |= {alert.values["code"]: alert.id for alert in alerts}
        return [alert.id for alert in alerts]

    def _alert(self, lane: Lane, place: str, now: datetime) -> Alert:
        values = {"code": f"B{next(self.numbers):04}", "hazard": "BANJIR", "place": place, "reporters": "2"}
        until, who = now + timedelta(hours=2), (Group("resident", place, within=True),)
        return Alert(uuid4(), uuid4(), "destana.incident", values, lane, until, groups=who)

    async def under_way(self, alerts: list[UUID], least: int, seconds: float = 120) -> None:
        """Wait until so many deliveries of each were handed out."""
        connection = await database.connect(self.running.home, "notifier")
        try:
            give_up = time.monotonic() + seconds
            while await connection.fetchval(_HANDED_OUT, alerts, least) < len(alerts):
                assert time.monotonic() < give_up, f"not {least} of each alert under way after {seconds:.0f} s"
                await asyncio.sleep(0.03)
        finally:
            await connection.close()

    async def rest(self, observer: Observer, seconds: float) -> str:
        """Wait until nothing moves, and the phones have told all that they owe; gives what still does."""
        give_up = time.monotonic() + seconds
        async with Handset(self.running.handset) as phones:
            while not (still := await observer.rest(give_up - time.monotonic())):
                owed = (await phones.carriers())["owed"]
                if not any(owed.values()):
                    return ""
                if time.monotonic() > give_up:
                    return f"{owed} owed"
                await asyncio.sleep(0.5)
        return still

    def unsettled(self, deliveries: list[Row]) -> list[str]:
        """Accepted messages without a final state: never planned, or not at their end."""
        ended = Counter(UUID(one["alert"]) for one in deliveries if one["state"] in FINAL and not one["due"])
        return [f"{alert}: {ended[alert]} of {people}" for alert, people in self.accepted.items()
                if ended[alert] != people]  # fmt: skip

    async def shown(self) -> Counter[tuple[str, str, str]]:
        """What phones show of the alerts: how often, by phone, channel and the code in the text."""
        async with Handset(self.running.handset) as phones:
            shown = [one for one in await _all_messages(phones) if one["direction"] == "received"]
        return Counter(
            (one["phone"], one["channel"], found[1]) for one in shown if (found := CODE.search(one["text"]))
        )

    async def doubled(self) -> Counter[str]:
        """Messages on the air beyond one, by what happened: an alert twice on one channel of one phone."""
        beyond = Counter[str]()
        for (_, _, code), count in (await self.shown()).items():
            beyond[self.raised[code]] += count - 1
        return beyond


def _sealing_key(running: Running) -> bytes:
    return bytes.fromhex((running.home.secrets / "sealing-notifier.pub").read_text().strip())
