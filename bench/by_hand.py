"""The work of an answer (acknowledgements.py) by hand, and its SQL alone.

`by_hand` does the very same in one function, without chassis and objects; `Bare` does the same statements with
arguments that cost nothing to make.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import protovalidate
from google.protobuf.message import Message
from nacl.public import SealedBox

from acknowledgements import NOTIFIER, OWN, REGION, TOPIC, TRACE, VILLAGE
from chassis.kernel.ids import derived_id
from chassis.postgres.event_ids import EventIds
from chassis.postgres.pool import Connection, Pool
from chassis.region.spots import RegionPlaces
from destana.adapters.contracts import INCIDENT_TOPIC
from destana.adapters.tables import INCIDENTS
from destana.application.alert_incident import named
from kentongan.destana.v1.incident_pb2 import IncidentFact
from kentongan.notifier.v1 import alert_pb2, channel_pb2
from kentongan.notifier.v1.field_message_pb2 import FieldContent, FieldMessageFact
from wire.alerts import TOPIC as ALERTS
from wire.dialogue.drafts import DRAFTS

LIFE = timedelta(hours=1)  # chassis.kernel.alert.REPLY_LIFE
INBOX = (
    "insert into inbox(event_id, consumer, at) select id, 7, $2 from unnest($1::uuid[]) id order by id"
    " on conflict do nothing returning event_id"
)
OUTBOX = ("topic", "key", "type", "subject", "value", "event_id", "headers", "occurred_at", "traceparent")

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
