"""What travels beside the bytes: CloudEvents in Kafka's binary mode, and the trace's parent.

The value of a record is plain protobuf; everything about it is in the headers (CloudEvents Kafka binding 1.0.2).
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple, Protocol
from uuid import UUID

from chassis.kernel.errors import Poison
from chassis.kernel.ids import derived_id
from chassis.postgres.uuids import as_id

CONTENT_TYPE = "application/protobuf"
SPEC_VERSION = "1.0"

Header = tuple[str, bytes]
RawHeader = tuple[str, bytes | None]


class Record(Protocol):
    """A consumed record, as aiokafka hands it out; `timestamp` in milliseconds since 1970."""

    @property
    def topic(self) -> str: ...  # noqa: D102 - the names say it

    @property
    def partition(self) -> int: ...  # noqa: D102

    @property
    def offset(self) -> int: ...  # noqa: D102

    @property
    def timestamp(self) -> int: ...  # noqa: D102

    @property
    def key(self) -> bytes | None: ...  # noqa: D102

    @property
    def value(self) -> bytes | None: ...  # noqa: D102

    @property
    def headers(self) -> Sequence[RawHeader]: ...  # noqa: D102


class Envelope(NamedTuple):
    """Where a message came from and what its headers say.

    `event_id` is the inbox's key: the same at every redelivery. `timestamp` is the broker's (UTC), `time` the
    producer's. `headers` are all of them as they came.
    """

    topic: str
    partition: int
    offset: int
    key: str
    event_id: UUID
    type: str
    subject: str
    source: str
    time: datetime | None
    traceparent: str | None
    timestamp: datetime
    headers: tuple[RawHeader, ...] = ()


def cloud_headers(
    *, event_id: str, source: str, type_: str, subject: str, time: datetime, schema: str, traceparent: str | None
) -> list[Header]:
    """Headers of a new event. `schema` is the protobuf package whose contract the value keeps."""
    own = [("ce_id", event_id.encode())]
    if subject:
        own.append(("ce_subject", subject.encode()))
    return [*_headers_of_kind(source, type_, schema), *_headers_of_step(time, traceparent), *own]


@lru_cache(maxsize=256)
def _headers_of_step(time: datetime, traceparent: str | None) -> tuple[Header, ...]:
    """What the events of a batch mostly share."""
    told = {"ce_time": time.astimezone(UTC).isoformat().replace("+00:00", "Z"), "traceparent": traceparent or ""}
    return tuple(encoded(told))


@lru_cache(maxsize=256)
def _headers_of_kind(source: str, type_: str, schema: str) -> tuple[Header, ...]:
    """What all events of a kind say of themselves."""
    return tuple(
        encoded(
            {
                "ce_specversion": SPEC_VERSION,
                "ce_source": source,
                "ce_type": type_,
                "ce_dataschema": schema,
                "content-type": CONTENT_TYPE,
            }
        )
    )


def encoded(words: Mapping[str, str]) -> list[Header]:
    """Headers as Kafka carries them; empty values are left out."""
    return [(name, value.encode()) for name, value in words.items() if value]


def position_id(topic: str, partition: int, offset: int) -> UUID:
    """The identity of a record whose headers name none: its place on the log."""
    return derived_id("record", topic, str(partition), str(offset))


def read(record: Record, topic: str) -> Envelope:
    """Read the envelope of a record of the topic (its name in the catalogue).

    Raises Poison when it names no event id that we could deduplicate by.
    """
    headers = record.headers
    words = {name: value for name, value in headers if value is not None}
    return Envelope(
        topic=topic,
        partition=record.partition,
        offset=record.offset,
        key=(record.key or b"").decode(errors="replace"),
        event_id=_event_id(_word(words, "ce_id")),
        type=_word(words, "ce_type"),
        subject=_word(words, "ce_subject"),
        source=_word(words, "ce_source"),
        time=_time(_word(words, "ce_time")),
        traceparent=_word(words, "traceparent") or None,
        timestamp=datetime.fromtimestamp(max(record.timestamp, 0) / 1000, UTC),
        headers=tuple(headers),
    )


def _word(words: Mapping[str, bytes], name: str) -> str:
    return words.get(name, b"").decode(errors="replace")


def _event_id(text: str) -> UUID:
    try:
        return as_id(text)
    except ValueError:
        raise Poison("no_event_id") from None


def _time(text: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
