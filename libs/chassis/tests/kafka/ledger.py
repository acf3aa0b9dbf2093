"""A service for the tests of this folder: it writes what it is told into a ledger per key, and says so on the bus.

The message is kentongan.common.v1.Metadata, for it has rules: `aggregate_id` is the key, `cause` the order.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from google.protobuf.timestamp_pb2 import Timestamp

from chassis.kafka.headers import Envelope, Header, encoded
from chassis.kafka.subscription import Subscription
from chassis.kernel.aggregate import Aggregate
from chassis.kernel.errors import NotFound, Poison, Reject, Transient
from chassis.kernel.work import Work
from chassis.postgres.outbox import OutboxRow, Recorded
from chassis.postgres.pool import Pool
from chassis.postgres.step import Step
from chassis.postgres.table import Table
from chassis.process import Process
from chassis.settings import (
    Address,
    GrpcSettings,
    KafkaSettings,
    KeySettings,
    PostgresSettings,
    ProcessSettings,
    TelemetrySettings,
)
from chassis.testing.kafka import Kafka
from chassis.testing.postgres import Database
from kentongan.common.v1.metadata_pb2 import Metadata

TOPIC = "kentongan.trial.order.v1"
OUT = "kentongan.telponi.entry.v1"
DEAD = "kentongan.dlq.telponi.v1"
USER = "telponi"
DDL = "create table ledger (id uuid primary key, version int not null, entries text[] not null)"


@dataclass(frozen=True, slots=True)
class Written:
    text: str


@dataclass(slots=True, eq=False)
class Ledger(Aggregate):
    entries: list[str] = field(default_factory=list)

    def write(self, text: str) -> None:
        self.entries.append(text)
        self.record(Written(text))


TABLE = Table(
    kind=Ledger,
    name="ledger",
    columns={"entries": "text[]"},
    to_row=lambda one: (one.entries,),
    from_row=lambda id_, version, entries: Ledger(id_, list(entries), version=version),
)


def encode(event: object, about: Recorded) -> OutboxRow:
    assert isinstance(event, Written)
    key = str(about.aggregate_id)
    return OutboxRow(OUT, key, "kentongan.trial.v1.Written", key, event.text.encode(), about.event_id)


class Orders:
    """What the handler does, by the word in `cause`: poison, reject, bug, busy:<n> (so often), else it is written.

    A step that fails without locks is run under them at once: an attempt in place is two of its runs.
    """

    def __init__(self, topic: str = TOPIC) -> None:
        self.topic = topic
        self.tried: Counter[str] = Counter()
        self.hold: dict[int, asyncio.Event] = {}
        self.broken: Exception | None = None

    @property
    def subscription(self) -> Subscription[Metadata]:
        return Subscription(self.topic, Metadata, self._to_step)

    def _to_step(self, message: Metadata, envelope: Envelope) -> Step[None] | None:
        if message.cause == "ignore":
            return None
        if message.cause == "poison":
            raise Poison("made_up")

        async def handle(work: Work) -> None:
            if envelope.partition in self.hold:
                await self.hold[envelope.partition].wait()
            self._fail(message.cause)
            await write(work, UUID(message.aggregate_id), message.cause)

        return Step(envelope.event_id, handle, needs=((Ledger, UUID(message.aggregate_id)),), key=envelope.key)

    def _fail(self, cause: str) -> None:
        self.tried[cause] += 1
        word, _, times = cause.partition(":")
        if self.broken is not None:
            raise self.broken
        if word == "reject":
            raise Reject("order", "refused", "ditolak")
        if word == "bug":
            raise ZeroDivisionError("Siti")
        if word == "busy" and self.tried[cause] <= int(times):
            raise Transient("busy")


async def write(work: Work, key: UUID, text: str) -> None:
    try:
        ledger = await work.get(Ledger, key)
    except NotFound:
        ledger = Ledger(key)
        work.add(ledger)
    ledger.write(text)


def order(key: UUID, cause: str) -> bytes:
    now = Timestamp()
    now.GetCurrentTime()
    return Metadata(event_id=str(uuid4()), aggregate_id=str(key), occurred_at=now, cause=cause).SerializeToString()


def headers(event_id: UUID | None = None, **more: str) -> list[Header]:
    return encoded({"ce_id": str(event_id or uuid4()), "ce_type": "kentongan.trial.v1.Ordered", **more})


async def send(kafka: Kafka, key: UUID, *causes: str, topic: str = TOPIC) -> None:
    for cause in causes:
        await kafka.send(topic, order(key, cause), key=str(key).encode(), headers=headers())


async def entries(pool: Pool, key: UUID) -> list[str]:
    found: list[str] | None = await pool.fetchval("select entries from ledger where id = $1", key)
    return found or []


def way_in(kafka: Kafka) -> KafkaSettings:
    broker = kafka.broker
    return KafkaSettings(broker.bootstrap, USER, broker.ca, broker.password(USER))


def settings(kafka: Kafka, database: Database) -> ProcessSettings:
    nowhere, here = Path("/nonexistent"), Address("127.0.0.1", 0)
    return ProcessSettings(
        service=USER,
        region=nowhere,
        clocks={},
        http_address=here,
        kafka=way_in(kafka),
        postgres=PostgresSettings(database.url, database.password),
        grpc=GrpcSettings(here, nowhere, nowhere, nowhere, nowhere),
        telemetry=TelemetrySettings("info", None, 1.0),
        keys=KeySettings(b"", (b"",), b""),
    )


def service(kafka: Kafka, database: Database, orders: Orders, **more: Any) -> Process:
    return Process(
        USER,
        settings(kafka, database),
        tables=[TABLE],
        encode=encode,
        subscriptions=[orders.subscription],
        prefix=kafka.prefix,
        **more,
    )
