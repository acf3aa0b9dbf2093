"""What is found when all has come to rest: topics, tables, phones."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import asyncpg
from chaos.checker import Found, Row
from chaos.clients import CATEGORIES, WORDS
from chaos.records import canonical, events, offers, read, reader, why
from e2e.running import Running

from chassis.testing.kafka import Broker, Kafka
from handset.client import Handset
from kentongan.destana.v1.incident_pb2 import HAZARD_FLOOD, HazardReportFact
from stack import database
from stack.home import Home
from stack.secret_files import SERVICES

AUDIT = """
create table audit(seq bigint, topic text, event_id uuid);
create function audit_outbox() returns trigger language plpgsql security definer as $$
begin
  insert into public.audit(seq, topic, event_id) select new.seq, new.topic, new.event_id where new.event_ids is null;
  insert into public.audit(seq, topic, event_id)
    select new.seq, new.topic, id from unnest(new.event_ids) id;
  return null;
end $$;
create trigger audit after insert on outbox for each row execute function audit_outbox();
"""
CATEGORY_WORDS = dict(zip(CATEGORIES, WORDS, strict=True))


class Observer:
    """Looks, and changes nothing but for a trigger that remembers every outbox row which is committed."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._before: set[tuple[str, str]] = set()

    async def begin(self) -> None:
        """Remember all that is committed from now on."""
        for service in SERVICES:
            await self._execute(service, AUDIT)
        await self.rest(60)  # what was committed before the trigger was there is on the log, too
        self._before = events((await self._log())[0])

    async def rest(self, seconds: float) -> str:
        """Wait until nothing moves any more; gives what still does after so long, or nothing."""
        give_up, calm_since = time.monotonic() + seconds, time.monotonic()
        while True:
            moving = await self._moving()
            if moving:
                calm_since = time.monotonic()
            elif time.monotonic() - calm_since > 3:
                return ""
            if time.monotonic() > give_up:
                return moving
            await asyncio.sleep(0.5)

    async def look(self, faults: list[list[float]]) -> Found:
        """Take everything in while nothing moves: an alert may expire as we read, then all is read anew."""
        for _ in range(10):
            audit = await self._audit()
            found = await self._all(audit, faults)
            later = await self._audit()
            if len(later) == len(audit) and not await self._moving():
                break
            await self.rest(30)
        # What was committed while the log was read is looked at by nobody: it may be there, or not yet.
        newer = events(later) - events(audit)
        found.log = [one for one in found.log if not events([one]) & newer]
        return found

    # --- parts

    async def _all(self, audit: list[Row], faults: list[list[float]]) -> Found:
        log, facts = await self._log()
        found = Found(log=log, faults=faults, audit=audit)
        for service in SERVICES:
            found.inbox[service] = [
                one["event_id"] for one in await self._rows(service, "select event_id::text from inbox")
            ]
        found.messages = await self._rows("notifier", "select id::text, contact::text from message")
        question = "select id::text, in_reply_to::text, state, template from alert"
        found.alerts = await self._rows("notifier", question)
        found.deliveries = await self._rows(
            "notifier", "select alert::text, contact::text, state::int, due::text, reason from delivery"
        )
        sent = await self._rows("notifier", "select carrier, carrier_id from carrier_message")
        found.carrier_ids = [canonical(one["carrier_id"]) for one in sent]
        found.shown = await self._shown()
        found.effects = await self._effects(facts)
        found.offers = offers(facts)
        found.left = await self._left(log)
        return found

    async def _audit(self) -> list[Row]:
        return [
            {"service": service, **one}
            for service in SERVICES
            for one in await self._rows(service, "select seq, topic, event_id::text from audit")
        ]

    async def _log(self) -> tuple[list[Row], list[Any]]:
        """Every record, and every fact once."""
        rows: list[Row] = []
        facts: dict[str, Any] = {}
        async with bus_of(self._running.home) as bus:
            for topic in sorted(name for name in bus.admin.list_topics() if name.startswith("kentongan.")):
                for one in await bus.read(topic, seconds=30):
                    event = dict(one.headers).get("ce_id", b"").decode()
                    if (topic, event) in self._before:
                        continue
                    fact = read(topic, one.value)
                    row = {"topic": topic, "partition": one.partition, "offset": one.offset, "event_id": event}
                    row["key"] = (one.key or b"").hex()
                    if fact is not None:
                        row |= {"aggregate": fact.metadata.aggregate_id, "version": fact.metadata.aggregate_version}
                        facts.setdefault(event, fact)
                        if topic.startswith("kentongan.notifier.delivery."):
                            row["key"] = row["aggregate"]  # the copies of one alert go their ways side by side
                            row["channel"] = getattr(getattr(fact, str(fact.WhichOneof("fact"))), "channel", 0)
                    rows.append(row | {"reader": reader(topic), "why": why(dict(one.headers))})
        return rows, list(facts.values())

    async def _effects(self, facts: list[Any]) -> list[list[Any]]:
        mothers = await self._rows("telponi", "select height_cm, age_years from pregnancy")
        heaps = await self._rows("gareng-mesem", "select category, village from report")
        effects: list[list[Any]] = [["mother", one["height_cm"], one["age_years"]] for one in mothers]
        effects += [["waste", CATEGORY_WORDS.get(one["category"], one["category"]), one["village"]] for one in heaps]
        for fact in facts:
            if isinstance(fact, HazardReportFact):
                told = fact.hazard_reported
                effects.append(["hazard", "BANJIR" if told.hazard == HAZARD_FLOOD else "ROB", told.depth_cm])
        return effects

    async def _shown(self) -> list[str]:
        async with Handset(self._running.handset) as phones:
            received = [one for one in await _all_messages(phones) if one["direction"] == "received"]
        return [canonical(each) for one in received for each in one["carrier_ids"]]

    async def _left(self, log: list[Row]) -> dict[str, int]:
        dead = Counter(f"dead letters, {one['why']}" for one in log if one["topic"].startswith("kentongan.dlq."))
        left = {"dead letters": 0} | dead
        for service in SERVICES:
            [row] = await self._rows(
                service,
                "select (select count(*) from outbox) as outbox, (select count(*) from parked) as parked,"
                " (select count(*) from timer where fire_at < now() - interval '5 s') as overdue",
            )
            left |= {f"rows of {service}'s {name}": count for name, count in row.items()}
        return left

    async def _moving(self) -> str:
        """What is still on its way, in a word."""
        try:
            for service in SERVICES:
                [row] = await self._rows(
                    service,
                    # What is due soon would change things while we look: the trial's clocks are shorter than 20 s.
                    "select (select count(*) from outbox) + (select count(*) from parked)"
                    " + (select count(*) from timer where fire_at < now() + interval '20 s') as n",
                )
                if row["n"]:
                    return f"{row['n']} rows of {service}"
                if lag := await self._lag(service):
                    return f"{lag} records before {service}"
            [row] = await self._rows(
                "notifier",
                "select (select count(*) from delivery where state in (0, 1, 8) or due is not null)"
                " + (select count(*) from alert where state in ('planning', 'cancelling'))"
                " + (select count(*) from escalation where due < now() + interval '20 s') as n",
            )
            if row["n"]:
                return f"{row['n']} deliveries, alerts or chains"
            async with Handset(self._running.handset) as phones:
                owed = [one for one in await _all_messages(phones) if one["state"] == "waiting"]
            return f"{len(owed)} messages typed and not taken" if owed else ""
        except (OSError, asyncpg.PostgresError, aiohttp.ClientError) as error:
            return repr(error)

    async def _lag(self, service: str) -> int:
        url = f"http://{self._running.home.address(f'{service}.http')}/metrics"
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            told = await answer.text()
        return int(
            sum(map(float, re.findall(r"^kentongan_consumer_lag_records{[^}]*} ([\d.e+]+)", told, re.MULTILINE)))
        )

    async def _rows(self, service: str, question: str) -> list[Row]:
        connection = await database.connect(self._running.home, service)
        try:
            return [dict(row) for row in await connection.fetch(question)]
        finally:
            await connection.close()

    async def _execute(self, service: str, statement: str) -> None:
        connection = await database.connect(self._running.home, service)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@asynccontextmanager
async def bus_of(home: Home) -> AsyncIterator[Kafka]:
    broker = Broker(home.address("kafka"), home.secrets / "ca.pem", home.secrets)
    admin = await asyncio.to_thread(broker.admin)
    corner = Kafka(broker, admin, prefix="")
    try:
        yield corner
    finally:
        await corner.close()
        await asyncio.to_thread(admin.close)


async def _all_messages(phones: Handset) -> list[Row]:
    found: list[Row] = []
    while page := (await phones._call("GET", "/api/messages", params=_after(found)))["messages"]:
        found += page
    return found


def _after(found: list[Row]) -> dict[str, str]:
    return {"after": str(found[-1]["id"] if found else 0), "limit": "500"}
