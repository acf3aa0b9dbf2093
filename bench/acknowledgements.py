"""What bench_consume and bench_scaling consume: people who answer SIAP to an alert about a flood (service destana).

A real handler with everything that a handler can have: a sealed message is opened, an unfinished report is looked
for, an incident is found by its code, locked and changed; a fact and a sealed reply go to the outbox.
Four people are asked for each incident and one of them answers: partitions do not wait for each other's row locks,
which would measure PostgreSQL's queues instead of our work.
"""

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

import orjson
from nacl.public import PrivateKey, PublicKey, SealedBox

from chassis.kafka.consume import Consumer
from chassis.kafka.headers import Header, encoded
from chassis.kernel.clock import SystemClock
from chassis.kernel.codes import ALPHABET
from chassis.postgres.boundary import Boundary
from chassis.postgres.pool import Pool
from chassis.region.pack import Region
from chassis.region.spots import RegionPlaces
from destana.adapters.contracts import encoder
from destana.adapters.rules import load_rules
from destana.adapters.tables import TABLES
from destana.entrypoints import field_messages
from destana.entrypoints.scene import World
from kentongan.common.v1.place_pb2 import Grant
from kentongan.notifier.v1 import channel_pb2
from kentongan.notifier.v1.field_message_pb2 import FieldContent, FieldMessageFact
from stack.home import CHECKOUT
from wire.dialogue.drafts import DRAFTS
from wire.field_messages import topic_of

SERVICE = "destana"
TOPIC = topic_of(SERVICE)
VILLAGE = "33.17.12.2002"
ASKED = 4  # people on an incident's list
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
NOTIFIER, OWN = PrivateKey.generate(), PrivateKey.generate()
REGION = Region.load(CHECKOUT / "regions/33.17")

KEEP = "create table kept as table incident"
AGAIN = "truncate inbox, outbox, draft, incident; insert into incident select * from kept; analyze incident"

Record = tuple[bytes, bytes, list[Header]]


@dataclass(slots=True)
class Story:
    """`incidents` incidents; one person answers for each, in words sealed for `reader`."""

    incidents: int
    reader: bytes = bytes(OWN.public_key)

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
        box = SealedBox(PublicKey(self.reader))
        return [_record(contact, code, box, now) for contact, code in people]


def _record(contact: UUID, code: str, box: "SealedBox[PublicKey]", now: datetime) -> Record:
    fact = FieldMessageFact()
    fact.metadata.event_id, fact.metadata.aggregate_id = str(uuid4()), str(uuid4())
    fact.metadata.occurred_at.FromDatetime(now)
    received = fact.field_message_received
    received.contact_id, received.channel = str(contact), channel_pb2.CHANNEL_SMS
    received.grants.append(Grant(role="village_head", place=VILLAGE))
    received.received_at.FromDatetime(now)
    content = FieldContent(text=f"SIAP {code}").SerializeToString()
    received.sealed_content = box.encrypt(content)
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
