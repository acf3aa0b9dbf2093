"""A record on its way to a step: decoded, checked against the contract, handed to the service."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import protovalidate
from google.protobuf.message import DecodeError, Message

from chassis.kafka import headers
from chassis.kafka.headers import Header, Record
from chassis.kafka.subscription import Subscription
from chassis.kernel.errors import Poison
from chassis.postgres.step import Step

_VALIDATOR = protovalidate.Validator()


@dataclass(slots=True, eq=False)
class Event:
    """One record. It has a step to run, or an error for which it cannot; with neither, the service ignores it."""

    record: Record
    id: UUID
    traceparent: str | None = None
    step: Step[Any] | None = None
    error: Exception | None = None
    attempts: int = 0

    @property
    def key(self) -> bytes | None:
        """What the record is ordered by; None where order was not asked for."""
        return self.record.key

    @property
    def headers(self) -> tuple[Header, ...]:
        """All headers as they came; one without a value as an empty one."""
        return tuple((name, value or b"") for name, value in self.record.headers)


def read(subscription: Subscription[Any], record: Record, topic: str) -> Event:
    """Read a record of the topic (its name in the catalogue). Never raises: what is wrong is in the event."""
    try:
        envelope = headers.read(record, topic)
    except Poison as error:
        return Event(record, headers.position_id(topic, record.partition, record.offset), error=error)
    event = Event(record, envelope.event_id, envelope.traceparent)
    if record.value is None:
        return event  # a tombstone: nothing happened, an old record of a compacted topic goes
    try:
        event.step = subscription.to_step(decode(subscription.message, record.value), envelope)
        if event.step is not None:
            event.step.traceparent = event.step.traceparent or envelope.traceparent
    except Exception as error:  # noqa: BLE001 - Poison is said on purpose; anything else is a bug of this event
        event.error = error
    return event


def decode(kind: type[Message], value: bytes) -> Message:
    """Decode and check. Raises Poison: `undecodable`, or `rule_broken:<field>:<rule>` without any value."""
    message = kind()
    try:
        message.ParseFromString(value)
    except DecodeError:
        raise Poison("undecodable") from None
    violations = _VALIDATOR.collect_violations(message, fail_fast=True)
    if violations:
        raise Poison(f"rule_broken:{_path(violations[0])}:{violations[0].proto.rule_id}")
    return message


def _path(violation: protovalidate.Violation) -> str:
    """Names of fields only: a map's key may be somebody's name."""
    path = violation.proto.field
    return ".".join(element.field_name for element in path.elements) if path else ""
