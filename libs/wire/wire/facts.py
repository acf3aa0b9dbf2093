"""What every fact on the bus has in common: its metadata, its topic, its key."""

from typing import Protocol
from uuid import UUID

from chassis.postgres.outbox import OutboxRow, Recorded
from kentongan.common.v1.metadata_pb2 import Metadata
from wire.times import put_time


class Fact(Protocol):
    """A message of a topic: metadata and one thing that happened."""

    @property
    def metadata(self) -> Metadata:
        """About the fact."""

    def SerializeToString(self) -> bytes:  # noqa: N802 - protobuf's name
        """Give the bytes."""


def row(
    fact: Fact, event: object, about: Recorded, *, topic: str, package: str, key: UUID | None = None
) -> OutboxRow:
    """Complete the fact with its metadata and give the outbox row.

    `key` is the Kafka key; without it the aggregate's id. The type is `package` and the event's class name.
    """
    aggregate = about.aggregate_id or about.event_id
    metadata = fact.metadata
    metadata.event_id = str(about.event_id)
    metadata.aggregate_id = str(aggregate)
    metadata.aggregate_version = about.aggregate_version
    put_time(metadata.occurred_at, about.occurred_at)
    metadata.cause = str(about.cause or "")
    kind = f"{package}.{type(event).__name__}"
    return OutboxRow(topic, str(key or aggregate), kind, str(aggregate), fact.SerializeToString(), about.event_id)
