"""Records that a service cannot digest: kept byte for byte on its dead letter topic, with the reason.

A dead letter is an outbox row written in one transaction with the inbox row of its event: it is sent once the
transaction is committed, and a redelivered record does not die twice.
"""

import hashlib
import traceback
from datetime import datetime
from pathlib import PurePath

from chassis.kafka.catalogue import dead_letter_topic
from chassis.kafka.events import Event
from chassis.kafka.headers import encoded, position_id
from chassis.kernel.errors import Poison, Reject, Transient
from chassis.kernel.ids import derived_id
from chassis.kernel.work import Work
from chassis.postgres.outbox import OutboxRow
from chassis.postgres.step import Step

TYPE = "kentongan.dlq.dead_letter"
REASON, TOPIC, PARTITION, OFFSET, DIGEST, AT = (
    "dlq-reason",
    "dlq-topic",
    "dlq-partition",
    "dlq-offset",
    "dlq-digest",
    "dlq-at",
)
_DIGEST_LENGTH = 12


def is_dead_letter(topic: str) -> bool:
    """Whether the topic holds dead letters: their headers are the original's, none are made for them."""
    return topic.startswith("kentongan.dlq.")


def reason_of(error: BaseException) -> str:
    """A short word for machines, without any text that may quote a person."""
    if isinstance(error, Poison):
        return error.reason
    if isinstance(error, Reject):
        return f"rejected:{error.field}:{error.rule}"
    if isinstance(error, Transient):
        return "retries_exhausted"
    return f"bug:{type(error).__name__}"


def digest_of(error: BaseException) -> str:
    """The same for the same fault at the same place, so that a thousand letters are seen to be one bug."""
    frames = traceback.extract_tb(error.__traceback__)
    text = "\n".join([type(error).__name__, *(f"{PurePath(f.filename).name}:{f.name}:{f.lineno}" for f in frames)])
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_LENGTH]


def burial(service: str, event: Event, topic: str, error: BaseException) -> Step[None]:
    """Give the step that puts the event on the dead letter topic. `topic` is its name in the catalogue.

    Burials are deduplicated by the record's place on the log, never by the event's id: the operator sends the record
    again with the same id, and the inbox must not take it for done.
    """
    place = position_id(topic, event.record.partition, event.record.offset)

    async def bury(work: Work) -> None:
        work.record(_row(service, event, topic, error, work.now))

    return Step(id=derived_id("burial", str(place)), handle=bury, traceparent=event.traceparent)


def _row(service: str, event: Event, topic: str, error: BaseException, now: datetime) -> OutboxRow:
    record = event.record
    added = {
        REASON: reason_of(error),
        TOPIC: topic,
        PARTITION: str(record.partition),
        OFFSET: str(record.offset),
        DIGEST: digest_of(error),
        AT: now.isoformat(),
    }
    return OutboxRow(
        topic=dead_letter_topic(service),
        key=event.key,
        type=TYPE,
        subject="",
        value=record.value or b"",
        event_id=event.id,
        headers=(*event.headers, *encoded(added)),
    )
