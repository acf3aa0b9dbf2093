"""A whole notifier in the test's process: real Kafka and PostgreSQL, an SMS centre and a Cloud API on sockets."""

import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import grpc
import pytest
from google.protobuf.message import Message
from nacl.public import PrivateKey

from chassis.auth.cipher import Cipher, keyed_hash
from chassis.auth.grants import Grant as Held
from chassis.auth.keys import new_signing_pair
from chassis.auth.tokens import Signer
from chassis.kernel.alert import Alert, CancelAlert, Lane, UpdateAlert
from chassis.kernel.ids import derived_id
from chassis.postgres.outbox import OutboxRow, Recorded
from chassis.postgres.step import Step
from chassis.process import Process
from chassis.region.pack import Region
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
from chassis.testing.postgres import Database, Databases
from chassis.testing.until import until
from kentongan.notifier.v1 import contacts_service_pb2 as people_pb
from kentongan.notifier.v1 import delivery_pb2, field_message_pb2
from kentongan.notifier.v1.alert_service_pb2_grpc import AlertServiceStub
from kentongan.notifier.v1.contacts_service_pb2_grpc import ContactServiceStub
from kentongan.notifier.v1.message_service_pb2_grpc import MessageServiceStub
from kentongan.notifier.v1.roster_service_pb2_grpc import RosterServiceStub
from kentongan.notifier.v1.whatsapp_service_pb2_grpc import WhatsAppServiceStub
from notifier.adapters.smpp.settings import parse
from notifier.adapters.smpp.testing import Centre
from notifier.adapters.templates import Templates
from notifier.adapters.vault import Vault
from notifier.adapters.whatsapp.testing import PHONE_NUMBER_ID, CloudApi
from notifier.application.contacts import Address as Number
from notifier.application.import_contacts import Row, import_contacts
from notifier.bootstrap import compose
from notifier.config import GRPC, ROLES, WEBHOOK, MediaSettings, NotifierSettings, Readers, WhatsAppAccount
from notifier.domain.channel import Channel
from notifier.domain.contact import Contact, Grant
from wire.alerts import TOPIC, encode_alert, encode_cancel, encode_update
from wire.field_messages import open_message, topic_of

sys.path.append(str(Path(__file__).parent))  # pytest's importlib mode does not let tests share a module otherwise

ROOT = Path(__file__).parents[4]
REGION = ROOT / "regions/33.17"
MIGRATIONS = ROOT / "services/notifier/migrations"
DELIVERIES = "kentongan.notifier.delivery.v1"
CONTACTS = "kentongan.notifier.contact.v1"
READING = 0.1  # seconds between two looks at a whole topic
PROGRESS = {"alert_progressed", "alert_completed"}  # told when the keeper comes by
SERVICES = ("telponi", "gareng-mesem", "destana")
KEYS = {name: PrivateKey.generate() for name in ("notifier", *SERVICES)}


@dataclass
class Notifier:
    """The process under test and what it talks to."""

    database: Database
    kafka: Kafka
    centre: Centre
    api: CloudApi
    settings: NotifierSettings
    running: list[Process] = field(default_factory=list)

    @property
    def process(self) -> Process:
        return self.running[-1]

    async def start(self, **changes: Any) -> Process:
        process = compose(replace(self.settings, **changes), prefix=self.kafka.prefix)
        self.running.append(process)
        await process.start()
        return process

    async def stop(self) -> None:
        while self.running:
            await self.running.pop().stop()

    async def people(self, *rows: tuple[str, str, str, str]) -> list[UUID]:
        """Import (phone, role, place, channel) past gRPC and give the contacts' ids."""
        digest = self._digest
        given = tuple(
            Row(Number(phone, digest(phone)), "Nama", Grant(role, place), Channel(channel))
            for phone, role, place, channel in rows
        )
        finds = tuple((Contact, "phone", row.phone.digest) for row in given)
        await self.process.boundary.command(
            Step(id=None, handle=lambda work: import_contacts(given, work), finds=finds)
        )
        found = [await self.fetchval("select id from contact where phone_hash = $1", digest(row[0])) for row in rows]
        return list(dict.fromkeys(found))

    @property
    def vault(self) -> Vault:
        """What opens and closes as the process under test does."""
        keys, readers = self.settings.keys, self.settings.readers
        return Vault(Cipher(*keys.cipher), keys.hash, keys.sealing, readers.notifier, readers.by_service())

    def _digest(self, number: str) -> bytes:
        return keyed_hash(self.settings.keys.hash, number)

    async def raise_alert(self, template: str, values: dict[str, str], trace: str = "", **more: Any) -> Alert:
        """Put an alert on its lane's topic as a service would."""
        given = {
            "id": uuid4(),
            "subject": uuid4(),
            "lane": Lane.URGENT,
            "expires_at": datetime.now(UTC) + timedelta(hours=1),
            **more,
        }
        alert = Alert(template=template, values=values, **given)
        about = Recorded(uuid4(), datetime.now(UTC), None, alert.id, 1)
        row = encode_alert(alert, about, bytes(KEYS["notifier"].public_key))
        await self.put(row.topic, row.value, alert.subject, row.event_id, trace)
        return alert

    async def put(self, topic: str, value: bytes, key: UUID, event_id: UUID | None = None, trace: str = "") -> None:
        headers = [("ce_id", str(event_id or uuid4()).encode()), ("ce_type", b"kentongan.notifier.v1.AlertFact")]
        if trace:
            headers.append(("traceparent", trace.encode()))
        await self.kafka.send(topic, value, key=str(key).encode(), headers=headers)

    async def cancel(self, alert: Alert, template: str = "", values: dict[str, str] | None = None) -> None:
        """Call it off, with or without a word to those who got it."""
        cancel = CancelAlert(alert.id, alert.subject, alert.lane, "salah", template, values or {})
        await self._tell(alert, lambda about, key: encode_cancel(cancel, about, key))

    async def update(self, alert: Alert, template: str, values: dict[str, str]) -> Alert:
        """Give it a new text; the update as an alert of its own."""
        update = UpdateAlert(alert.id, alert.subject, alert.lane, template, values, alert.expires_at)
        event_id = await self._tell(alert, lambda about, key: encode_update(update, about, key))
        return replace(alert, id=derived_id("update", str(alert.id), str(event_id)))

    async def _tell(self, alert: Alert, encode: Callable[[Recorded, bytes], OutboxRow]) -> UUID:
        about = Recorded(uuid4(), datetime.now(UTC), None, alert.id, 1)
        row = encode(about, bytes(KEYS["notifier"].public_key))
        await self.put(row.topic, row.value, alert.subject, row.event_id)
        return row.event_id

    async def fetchval(self, sql: str, *arguments: object) -> Any:
        return await self.process.pool.fetchval(sql, *arguments)

    async def states(self, alert: Alert) -> list[int]:
        rows = await self.process.pool.fetch("select state from delivery where alert = $1 order by contact", alert.id)
        return [row["state"] for row in rows]

    async def reach(self, alert: Alert, *states: int, seconds: float = 40) -> None:
        async def there() -> bool:
            return sorted(await self.states(alert)) == sorted(states)

        try:
            await until(there, seconds)
        except TimeoutError:
            raise AssertionError(f"deliveries stand at {await self.states(alert)}, wanted {states}") from None

    async def facts(self, alert: Alert, *names: str, seconds: float = 40) -> list[str]:
        """Wait until exactly these facts of the alert are on the bus, in any order."""
        seen: list[str] = []

        async def there() -> bool:
            seen[:] = [
                str(fact.WhichOneof("fact"))
                for fact in await self.read(DELIVERIES, delivery_pb2.DeliveryFact)
                if fact.alert_id == str(alert.id) and fact.WhichOneof("fact") not in PROGRESS - {*names}
            ]
            return sorted(seen) == sorted(names)

        try:
            await until(there, seconds, every=READING)
        except TimeoutError:
            raise AssertionError(f"facts are {seen}, wanted {names}") from None
        return seen

    async def read(self, topic: str, kind: Any) -> list[Any]:
        return [kind.FromString(record.value or b"") for record in await self.kafka.read(topic)]

    async def field_messages(self, service: str, count: int) -> list[tuple[Message, str]]:
        """Wait for what a service got: the fact and the text unsealed."""
        records = await self.kafka.read(topic_of(service), count=count)
        facts = [field_message_pb2.FieldMessageFact.FromString(record.value or b"") for record in records]
        return [(fact, open_message(fact, bytes(KEYS[service])).text) for fact in facts]

    def opened(self, service: str, fact: Any) -> Any:
        """What a service reads in a fact."""
        return open_message(fact, bytes(KEYS[service]))

    def values(self, template: str, **given: str) -> dict[str, str]:
        """Values that fit a text of the region pack, whatever it asks for today."""
        example = {"code": "B2K7P", "int": "5", "date": "01-02-2026", "time": "10.00"}
        text = Templates.of(Region.load(self.settings.process.region))[template]
        return {name: example.get(kind, "x") for name, kind in text.values.items()} | given

    def sent(self) -> list[str]:
        """The texts that the SMS centre took."""
        return [bytes(pdu.fields["short_message"]).decode("ascii") for pdu in self.centre.submits]  # type: ignore[arg-type]


@pytest.fixture
async def stopped(database: Databases, kafka: Kafka, tmp_path: Path) -> AsyncIterator[Notifier]:
    """A notifier that is not started yet."""
    own = await database("notifier", MIGRATIONS)
    topics = [*TOPIC.values(), DELIVERIES, CONTACTS, "kentongan.dlq.notifier.v1", *map(topic_of, SERVICES)]
    await kafka.create(*topics, users=["notifier"])
    async with Centre() as centre, CloudApi() as api:
        notifier = Notifier(own, kafka, centre, api, _settings(kafka, own, centre, api, tmp_path / "media"))
        yield notifier
        await notifier.stop()


@pytest.fixture
async def notifier(stopped: Notifier) -> Notifier:
    """A running notifier whose SMS link stands."""
    await stopped.start()
    await until(lambda: bool(stopped.centre.sockets), what="the bind")
    return stopped


class Office:
    """Calls the running notifier as somebody."""

    def __init__(self, notifier: Any, signer: Signer, channel: grpc.aio.Channel) -> None:
        self.notifier, self.channel, self._signer, self.caller = notifier, channel, signer, uuid4()
        self.contacts, self.alerts = ContactServiceStub(channel), AlertServiceStub(channel)
        self.messages, self.whatsapp = MessageServiceStub(channel), WhatsAppServiceStub(channel)
        self.rosters = RosterServiceStub(channel)

    def token(self, role: str = "operator", place: str = "33.17") -> list[tuple[str, str]]:
        token = self._signer.issue(self.caller, [Held(role, place)], timedelta(minutes=5))
        return [("authorization", f"Bearer {token}")]

    async def ask(self, method: Any, request: Any) -> Any:
        return await method(request, metadata=self.token())

    async def brings(self, *rows: people_pb.ContactRow, **more: Any) -> people_pb.ImportContactsResponse:
        request = people_pb.ImportContactsRequest(**{"idempotency_key": str(uuid4()), "rows": rows, **more})
        return await self.contacts.ImportContacts(request, metadata=self.token())

    async def finds(self, phone: str) -> people_pb.Contact:
        found = await self.contacts.FindContact(people_pb.FindContactRequest(phone=phone), metadata=self.token())
        return found.contact


@pytest.fixture
async def office(stopped: Notifier, servers: Any, tmp_path: Path) -> AsyncIterator[Office]:
    """A whole notifier that serves gRPC."""
    async with _serving(stopped, servers.secrets, tmp_path, ROLES - {WEBHOOK}) as opened:
        await until(lambda: bool(stopped.centre.sockets))
        yield opened


@pytest.fixture
async def quiet_office(stopped: Notifier, servers: Any, tmp_path: Path) -> AsyncIterator[Office]:
    """A notifier that only answers: what a test puts into its tables stays as it is."""
    async with _serving(stopped, servers.secrets, tmp_path, frozenset({GRPC})) as opened:
        yield opened


@asynccontextmanager
async def _serving(notifier: Notifier, secrets: Path, folder: Path, roles: frozenset[str]) -> AsyncIterator[Office]:
    pem, jwks = new_signing_pair()
    (folder / "jwks.json").write_text(jwks)
    tls = GrpcSettings(
        Address("localhost", 0), secrets / "tls.crt", secrets / "tls.key", secrets / "ca.pem", folder / "jwks.json"
    )
    running = await notifier.start(process=replace(notifier.settings.process, grpc=tls), roles=roles)
    credentials = grpc.ssl_channel_credentials((secrets / "ca.pem").read_bytes())
    async with grpc.aio.secure_channel(f"localhost:{running.grpc_port}", credentials) as channel:
        yield Office(notifier, Signer.from_pem(pem.encode()), channel)


def _settings(kafka: Kafka, database: Database, centre: Centre, api: CloudApi, media: Path) -> NotifierSettings:
    broker, here, nowhere = kafka.broker, Address("127.0.0.1", 0), Path("/nonexistent")
    process = ProcessSettings(
        service="notifier",
        region=REGION,
        clocks={"notifier.second_channel": timedelta(seconds=1)},
        http_address=here,
        kafka=KafkaSettings(broker.bootstrap, "notifier", broker.ca, broker.password("notifier")),
        postgres=PostgresSettings(database.url, database.password),
        grpc=GrpcSettings(here, nowhere, nowhere, nowhere, nowhere),
        telemetry=TelemetrySettings("info", None, 1.0),
        keys=KeySettings(bytes(KEYS["notifier"]), (os.urandom(32),), os.urandom(32)),
    )
    public = {name: bytes(key.public_key) for name, key in KEYS.items()}
    return NotifierSettings(
        process=process,
        readers=Readers(public["telponi"], public["gareng-mesem"], public["destana"], public["notifier"]),
        smpp=parse(centre.url()),
        whatsapp=WhatsAppAccount(
            f"http://127.0.0.1:{api.port}/v23.0", "tanda", "rahasia-app", "verifikasi", PHONE_NUMBER_ID, "", 250
        ),
        media=MediaSettings(media, "", ""),
        webhook_address=here,
        public_url="",
        roles=frozenset(ROLES - {GRPC, WEBHOOK}),
        more_sms=(),
        quiet_hours="off",
        routine_per_day="region",
        window=50,
    )
