"""What bench_consume consumes: people who answer SIAP to an alert about a flood (service destana).

A real handler with everything that a handler can have: a sealed message is opened, an unfinished report is looked
for, an incident is found by its code, locked and changed; a fact and a sealed reply go to the outbox.
Four people are asked for each incident and one of them answers: partitions do not wait for each other's row locks,
which would measure PostgreSQL's queues instead of our work.
`by_hand` does the very same in one function, without chassis and objects; `bare` is its SQL alone.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import protovalidate
from google.protobuf.message import Message
from nacl.public import PrivateKey, SealedBox

from chassis.kafka.consume import Consumer
from chassis.kafka.headers import Header, encoded
from chassis.kernel.clock import SystemClock
from chassis.kernel.codes import ALPHABET
from chassis.kernel.ids import derived_id
from chassis.postgres.boundary import Boundary
from chassis.postgres.event_ids import EventIds
from chassis.postgres.pool import Connection, Pool
from chassis.region.pack import Region
from chassis.region.spots import RegionPlaces
from destana.adapters.contracts import INCIDENT_TOPIC, encoder
from destana.adapters.rules import load_rules
from destana.adapters.tables import INCIDENTS, TABLES
from destana.application.alert_incident import named
from destana.entrypoints import field_messages
from destana.entrypoints.scene import World
from kentongan.common.v1.place_pb2 import Grant
from kentongan.destana.v1.incident_pb2 import IncidentFact
from kentongan.notifier.v1 import alert_pb2, channel_pb2
from kentongan.notifier.v1.field_message_pb2 import FieldContent, FieldMessageFact
from stack.home import CHECKOUT
from wire.alerts import TOPIC as ALERTS
from wire.dialogue.drafts import DRAFTS
from wire.field_messages import topic_of

SERVICE = "destana"
TOPIC = topic_of(SERVICE)
VILLAGE = "33.17.12.2002"
ASKED = 4  # people on an incident's list
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
NOTIFIER, OWN = PrivateKey.generate(), PrivateKey.generate()
REGION = Region.load(CHECKOUT / "regions/33.17")
LIFE = timedelta(hours=1)  # chassis.kernel.alert.REPLY_LIFE

INBOX = (
    "insert into inbox(event_id, consumer, at) select id, 7, $2 from unnest($1::uuid[]) id order by id"
    " on conflict do nothing returning event_id"
)
OUTBOX = ("topic", "key", "type", "subject", "value", "event_id", "headers", "occurred_at", "traceparent")
KEEP = "create table kept as table incident"
AGAIN = "truncate inbox, outbox, draft, incident; insert into incident select * from kept; analyze incident"

Record = tuple[bytes, bytes, list[Header]]


@dataclass(slots=True)
class Story:
    """`incidents` incidents; one person answers for each."""

    incidents: int

    async def tell(self, pool: Pool) -> list[Record]:
        """Put the incidents into the database and give the messages, as the notifier writes them."""
        codes = ["B" + "".join(random.choices(ALPHABET, k=4)) for _ in range(2 * self.incidents)]  # noqa: S311 - no secret
        now, people = datetime.now(UTC), []
        for code in list(dict.fromkeys(codes))[: self.incidents]:
            asked = [uuid4() for _ in range(ASKED)]
            lines = orjson.dumps([[str(one), "village_head", VILLAGE, None] for one in asked]).decode()
            row = (uuid4(), 1, code, "FLOOD", now, now, [VILLAGE], [uuid4(), uuid4()], 60, lines, asked, False)
            marks = ", ".join(f"${number}" for number in range(1, len(row) + 1))
            await pool.execute(f"insert into incident values ({marks})", *row)  # noqa: S608 - only marks
            people.append((asked[0], code))
        await pool.execute(KEEP)
        return [_record(contact, code, now) for contact, code in people]


def _record(contact: UUID, code: str, now: datetime) -> Record:
    fact = FieldMessageFact()
    fact.metadata.event_id, fact.metadata.aggregate_id = str(uuid4()), str(uuid4())
    fact.metadata.occurred_at.FromDatetime(now)
    received = fact.field_message_received
    received.contact_id, received.channel = str(contact), channel_pb2.CHANNEL_SMS
    received.grants.append(Grant(role="village_head", place=VILLAGE))
    received.received_at.FromDatetime(now)
    content = FieldContent(text=f"SIAP {code}").SerializeToString()
    received.sealed_content = SealedBox(OWN.public_key).encrypt(content)
    words = {
        "ce_specversion": "1.0",
        "ce_id": fact.metadata.event_id,
        "ce_source": "/kentongan/notifier",
        "ce_type": "kentongan.notifier.v1.FieldMessageReceived",
        "ce_time": now.isoformat(),
        "ce_subject": fact.metadata.aggregate_id,
        "ce_dataschema": "kentongan.notifier.v1",
        "content-type": "application/protobuf",
        "traceparent": TRACE,
    }
    return str(contact).encode(), fact.SerializeToString(), encoded(words)


def ours(pool: Pool, prefix: str) -> Consumer:
    """The service's own handler behind the chassis, as its composition puts them together."""
    world = World(REGION, RegionPlaces(REGION), load_rules(REGION))
    tables = (DRAFTS, *TABLES)
    boundary = Boundary(pool, tables, encoder(bytes(NOTIFIER.public_key)), SystemClock(), SERVICE)
    return Consumer(SERVICE, [field_messages.subscription(bytes(OWN), world)], boundary, prefix=prefix)


# ---------------------------------------------------------------- by hand

_VALIDATOR = protovalidate.Validator()
_SIAP = re.compile(r"\s*SIAP\s+(B[2-9AC-HJKMNP-RT-Y]{4})\s*", re.IGNORECASE)
_BOX, _NOTIFIER_BOX = SealedBox(OWN), SealedBox(NOTIFIER.public_key)
_LABEL = named((VILLAGE,), RegionPlaces(REGION))
_CODES = INCIDENTS.find_sql("code")


async def by_hand(connection: Connection, records: Sequence[Any]) -> None:  # noqa: C901 - one function is the point
    """Do a batch: decode, validate, open, the same SQL, the same bytes to the outbox."""
    said = []
    for record in records:
        event_id = UUID({name: value for name, value in record.headers}["ce_id"].decode())  # noqa: C416 - dict() is no faster
        fact = FieldMessageFact.FromString(record.value)
        if _VALIDATOR.collect_violations(fact, fail_fast=True):
            raise ValueError("not a field message")
        received = fact.field_message_received
        text = FieldContent.FromString(_BOX.decrypt(received.sealed_content)).text
        typed = _SIAP.fullmatch(text)
        if typed is None or received.grants[0].role != "village_head":
            raise ValueError("not SIAP")
        said.append((event_id, fact.metadata.aggregate_id, UUID(received.contact_id), typed[1].upper()))
    now = datetime.now(UTC)
    ids = EventIds(now)
    async with connection.transaction():
        new = {row[0] for row in await connection.fetch(INBOX, [one[0] for one in said], now)}
        drafts = {row[0] for row in await connection.fetch(DRAFTS.load_sql, [one[2] for one in said])}
        found = dict(await connection.fetch(_CODES, list({one[3] for one in said})))
        rows = await connection.fetch(INCIDENTS.load_sql, list(found.values()))
        state = {row[0]: [*row[:9], orjson.loads(row[9]), row[10], row[11]] for row in rows}
        out: list[tuple[object, ...]] = []
        for event_id, message, contact, code in said:
            if event_id not in new:
                continue
            if contact in drafts:
                raise ValueError("nobody has begun anything")
            incident = state[found[code]]
            person = str(contact)
            for asked in incident[9]:
                if asked[0] == person and asked[3] is None:
                    asked[3] = now.isoformat()
                    incident[1] += 1
                    out.append(_fact_row(ids.next(), incident, person, event_id, now))
            answer = (
                f"{code} banjir {incident[8]} cm, {_LABEL}: jawaban SIAP Anda diterima. Terima kasih, tetap waspada."
            )
            out.append(_reply_row(ids.next(), message, person, answer, event_id, now))
        changed = list(state.values())
        loaded = [row[1] for row in rows]
        columns = [list(column) for column in zip(*changed, strict=True)]
        for place in (6, 7, 10):
            columns[place] = ["{" + ",".join(map(str, values)) + "}" for values in columns[place]]
        columns[9] = [orjson.dumps(values).decode() for values in columns[9]]
        await connection.execute(INCIDENTS.update_sql, columns[0], columns[1], loaded, *columns[2:])
        await connection.copy_records_to_table("outbox", records=out, columns=OUTBOX)


def _fact_row(new_id: UUID, incident: list[Any], person: str, cause: UUID, now: datetime) -> tuple[object, ...]:
    fact, key = IncidentFact(), str(incident[0])
    fact.metadata.aggregate_id, fact.metadata.aggregate_version = key, incident[1]
    fact.incident_acknowledged.contact_id = person
    kind = "kentongan.destana.v1.IncidentAcknowledged"
    return _row(fact, INCIDENT_TOPIC, key, key, kind, new_id, cause, now)


def _reply_row(new_id: UUID, message: str, person: str, text: str, cause: UUID, now: datetime) -> tuple[object, ...]:
    fact, key = alert_pb2.AlertFact(subject_id=person), str(derived_id("reply", message))
    fact.metadata.aggregate_id = key
    raised = fact.alert_raised
    raised.template = "reply"
    raised.sealed_values = _NOTIFIER_BOX.encrypt(orjson.dumps({"text": text}))
    raised.lane, raised.channel = alert_pb2.LANE_LIFE_SAFETY, channel_pb2.CHANNEL_SMS
    raised.expires_at.FromDatetime(now + LIFE)
    raised.audience.contact_ids.append(person)
    raised.in_reply_to = message
    topic = next(name for lane, name in ALERTS.items() if lane.name == "LIFE_SAFETY")
    return _row(fact, topic, person, key, "kentongan.notifier.v1.AlertRaised", new_id, cause, now)


def _row(
    fact: Any, topic: str, key: str, subject: str, kind: str, new_id: UUID, cause: UUID, now: datetime
) -> tuple[object, ...]:
    fact.metadata.event_id, fact.metadata.cause = str(new_id), str(cause)
    fact.metadata.occurred_at.FromDatetime(now)
    written: Message = fact
    return topic, key.encode(), kind, subject, written.SerializeToString(), new_id, None, now, TRACE


# ---------------------------------------------------------------- SQL alone


@dataclass(slots=True)
class Bare:
    """The same statements with arguments that cost nothing to make."""

    incidents: dict[UUID, list[Any]]
    by_person: dict[str, UUID]

    @classmethod
    async def of(cls, pool: Pool) -> "Bare":
        """Learn beforehand what each record leads to."""
        rows = {row[0]: list(row) for row in await pool.fetch("select * from kept")}
        return cls(rows, {str(person): one for one, row in rows.items() for person in row[10]})

    async def batch(self, connection: Connection, records: Sequence[Any]) -> None:
        """Do a batch."""
        now = datetime.now(UTC)
        people = [record.key.decode() for record in records]
        ids = [record.headers[1][1].decode() for record in records]
        touched = list({self.by_person[person] for person in people})
        async with connection.transaction():
            await connection.fetch(INBOX, ids, now)
            await connection.fetch(DRAFTS.load_sql, people)
            await connection.fetch(_CODES, [self.incidents[one][2] for one in touched])
            loaded = await connection.fetch(INCIDENTS.load_sql, touched)
            columns = [list(column) for column in zip(*loaded, strict=True)]
            for place in (6, 7, 10):
                columns[place] = ["{}"] * len(touched)
            later = [version + 1 for version in columns[1]]
            await connection.execute(INCIDENTS.update_sql, columns[0], later, columns[1], *columns[2:])
            out = [
                (TOPIC, record.key, "t", person, record.value[:200], one, None, now, TRACE)
                for record, person, one in zip(records, people, map(UUID, ids), strict=True)
                for _ in range(2)
            ]
            await connection.copy_records_to_table("outbox", records=out, columns=OUTBOX)
