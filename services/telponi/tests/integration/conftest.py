"""Telponi running in the test's own process, on real Kafka and PostgreSQL; the test plays notifier and phones."""

import secrets as random
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import grpc
import orjson
import pytest
from nacl.public import PrivateKey

from chassis.auth.grants import Grant
from chassis.auth.keys import new_signing_pair
from chassis.auth.sealing import seal, unseal
from chassis.auth.tokens import Signer
from chassis.kafka.headers import encoded
from chassis.settings import (
    Address,
    GrpcSettings,
    KafkaSettings,
    KeySettings,
    PostgresSettings,
    ProcessSettings,
    TelemetrySettings,
)
from chassis.testing.clock import MovableClock
from chassis.testing.kafka import Kafka
from chassis.testing.postgres import Database, Databases
from chassis.testing.until import until
from kentongan.common.v1.place_pb2 import Grant as GrantMessage
from kentongan.notifier.v1 import alert_pb2, channel_pb2
from kentongan.notifier.v1.delivery_pb2 import DeliveryFact
from kentongan.notifier.v1.field_message_pb2 import FieldContent, FieldMessageFact
from stack.home import Home
from telponi.bootstrap import compose
from telponi.config import Config

SERVICE = Path(__file__).parents[2]
REGION = SERVICE.parents[1] / "regions/33.17"
NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)

IN = "kentongan.notifier.field-message.telponi.v1"
REPLIES = "kentongan.notifier.alert.urgent.v1"
ALARMS = "kentongan.notifier.alert.life-safety.v1"
PREGNANCIES = "kentongan.telponi.pregnancy.v1"
REFERRALS = "kentongan.telponi.referral.v1"
DEAD = "kentongan.dlq.telponi.v1"
DELIVERIES = "kentongan.notifier.delivery.v1"


@dataclass
class Told:
    """An alert as the notifier reads it."""

    template: str
    values: dict[str, str]
    groups: list[tuple[str, str]]
    contacts: list[str]
    answers: str


@dataclass
class Running:
    """Telponi and everything around it."""

    kafka: Kafka
    database: Database
    clock: MovableClock
    notifier: PrivateKey
    own: PrivateKey
    signer: Signer
    port: int
    certificate: bytes
    contacts: dict[str, UUID] = field(default_factory=dict)

    async def says(self, *grants: str, text: str) -> UUID:
        """A phone with these roles writes; gives the message's id."""
        message = uuid4()
        fact = FieldMessageFact()
        fact.metadata.event_id, fact.metadata.aggregate_id = str(uuid4()), str(message)
        fact.metadata.occurred_at.FromDatetime(self.clock.now())
        received = fact.field_message_received
        received.contact_id = str(self.contact(*grants))
        received.grants.extend(GrantMessage(role=role, place=place) for role, place in split(grants))
        received.channel = channel_pb2.CHANNEL_SMS
        received.received_at.FromDatetime(self.clock.now())
        content = FieldContent(text=text).SerializeToString()
        received.sealed_content = seal(bytes(self.own.public_key), content)
        await self.sends(fact.SerializeToString(), fact.metadata.event_id, received.contact_id)
        return message

    async def sends(self, value: bytes, event_id: str, key: str) -> None:
        headers = encoded({"ce_id": event_id, "ce_type": "kentongan.notifier.v1.FieldMessageReceived"})
        await self.kafka.send(IN, value, key=key.encode(), headers=headers)

    def contact(self, *grants: str) -> UUID:
        """Who holds these roles in this test."""
        return self.contacts.setdefault(" ".join(grants), uuid4())

    async def told(self, topic: str, count: int) -> list[Told]:
        """The first alerts of a lane, opened."""
        return [self._opened(fact.alert_raised) for fact in await self.raised(topic, count)]

    async def raised(self, topic: str, count: int) -> list[alert_pb2.AlertFact]:
        """The first alerts of a lane; those called off meanwhile do not count."""
        facts: list[alert_pb2.AlertFact] = []
        read = 0
        while missing := count - sum(fact.HasField("alert_raised") for fact in facts):
            read += missing
            records = await self.kafka.read(topic, count=read)
            facts = [alert_pb2.AlertFact.FromString(record.value) for record in records]
        return [fact for fact in facts if fact.HasField("alert_raised")]

    async def reaches_nobody(self, alert: alert_pb2.AlertFact) -> None:
        """The notifier says that it found nobody to send the alert to."""
        fact = DeliveryFact(alert_id=alert.metadata.aggregate_id, subject_id=alert.subject_id)
        fact.template = alert.alert_raised.template
        fact.metadata.event_id, fact.metadata.aggregate_id = str(uuid4()), fact.alert_id
        fact.metadata.occurred_at.FromDatetime(self.clock.now())
        fact.alert_rejected.reason = "nobody"
        headers = encoded({"ce_id": fact.metadata.event_id, "ce_type": "kentongan.notifier.v1.AlertRejected"})
        await self.kafka.send(DELIVERIES, fact.SerializeToString(), key=fact.alert_id.encode(), headers=headers)

    async def answer_to(self, *grants: str, text: str, number: int) -> str:
        """Write, and give the reply, which is the `number`th of this test."""
        message = await self.says(*grants, text=text)
        replies = await self.told(REPLIES, number)
        return next(reply.values["text"] for reply in replies if reply.answers == str(message))

    def token(self, *grants: str) -> list[tuple[str, str]]:
        """Metadata of a call by somebody with these roles."""
        roles = [Grant(role, place) for role, place in split(grants)]
        token = self.signer.issue(self.contact(*grants), roles, timedelta(minutes=5))
        return [("authorization", f"Bearer {token}")]

    def _opened(self, raised: alert_pb2.AlertRaised) -> Told:
        return Told(
            raised.template,
            orjson.loads(unseal(bytes(self.notifier), raised.sealed_values)),
            [(group.role, group.place) for group in raised.audience.groups],
            list(raised.audience.contact_ids),
            raised.in_reply_to,
        )


def split(grants: Sequence[str]) -> list[tuple[str, str]]:
    return [(role, place) for role, _, place in (grant.partition("@") for grant in grants)]


@pytest.fixture
async def telponi(kafka: Kafka, database: Databases, servers: Home, tmp_path: Path) -> AsyncIterator[Running]:
    """Telponi, ready."""
    await kafka.create(IN, REPLIES, ALARMS, PREGNANCIES, REFERRALS, DEAD, DELIVERIES, users=["telponi"])
    own, notifier = PrivateKey.generate(), PrivateKey.generate()
    pem, jwks = new_signing_pair()
    (tmp_path / "jwks.json").write_text(jwks)
    base = await database("telponi", SERVICE / "migrations")
    clock = MovableClock(NOW)
    tls = GrpcSettings(
        Address("localhost", 0),
        servers.secrets / "tls.crt",
        servers.secrets / "tls.key",
        servers.secrets / "ca.pem",
        tmp_path / "jwks.json",
    )
    process = compose(_config(kafka, base, tls, own, notifier), clock, kafka.prefix)
    await process.start()
    await until(lambda: not process.unready, 20, "ready")
    yield Running(
        kafka,
        base,
        clock,
        notifier,
        own,
        Signer.from_pem(pem.encode()),
        process.grpc_port,
        (servers.secrets / "ca.pem").read_bytes(),
    )
    await process.stop()


@pytest.fixture
async def channel(telponi: Running) -> AsyncIterator[grpc.aio.Channel]:
    """A client's connection."""
    credentials = grpc.ssl_channel_credentials(telponi.certificate)
    async with grpc.aio.secure_channel(f"localhost:{telponi.port}", credentials) as opened:
        yield opened


def _config(kafka: Kafka, base: Database, tls: GrpcSettings, own: PrivateKey, notifier: PrivateKey) -> Config:
    broker = kafka.broker
    process: Any = ProcessSettings(
        service="telponi",
        region=REGION,
        clocks={},
        http_address=Address("127.0.0.1", 0),
        kafka=KafkaSettings(broker.bootstrap, "telponi", broker.ca, broker.password("telponi")),
        postgres=PostgresSettings(base.url, base.password),
        grpc=tls,
        telemetry=TelemetrySettings("info", None, 1.0),
        keys=KeySettings(bytes(own), (random.token_bytes(32),), random.token_bytes(32)),
    )
    return Config(process, bytes(notifier.public_key))
