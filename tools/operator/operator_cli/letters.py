"""Dead letters: read, named, sent again.

A letter's id is `service:partition:offset`, its place on `kentongan.dlq.<service>.v1`. What was sent again is marked
on the same topic, by a record with the header `dlq-replayed`, so every operator sees it for as long as the letter.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from kafka.consumer import KafkaConsumer
from kafka.producer import KafkaProducer
from kafka.structs import TopicPartition

from chassis.kafka.catalogue import dead_letter_topic
from chassis.kafka.dead_letters import AT, DIGEST, OFFSET, PARTITION, REASON, TOPIC
from operator_cli.errors import CliError

REPLAYED = "dlq-replayed"
_OWN = frozenset({REASON, TOPIC, PARTITION, OFFSET, DIGEST, AT})
SEND_TIMEOUT_S = 10
_POLL_MS = 1000
_IDLE_POLLS = 10  # seconds without a record before the broker is called silent


@dataclass(frozen=True, slots=True)
class Letter:
    """A record that a service could not digest."""

    service: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes
    headers: tuple[tuple[str, bytes], ...]
    replayed_at: str = ""

    @property
    def id(self) -> str:
        """Its name for the operator."""
        return f"{self.service}:{self.partition}:{self.offset}"

    def word(self, header: str) -> str:
        """The last header of this name, as text: ours come after the original's."""
        return next((value.decode(errors="replace") for name, value in reversed(self.headers) if name == header), "")

    @property
    def original_headers(self) -> list[tuple[str, bytes]]:
        """The headers as they came to the service."""
        return [each for each in self.headers if each[0] not in _OWN]

    def summary(self) -> dict[str, object]:
        """What a list shows."""
        told = {"id": self.id, "at": self.word(AT), "topic": self.word(TOPIC), "reason": self.word(REASON)}
        return told | {"digest": self.word(DIGEST), "bytes": len(self.value), "replayed_at": self.replayed_at}


def read(consumer: KafkaConsumer, service: str) -> list[Letter]:
    """Every letter of a service, oldest first, with what was sent again marked."""
    records = list(_records(consumer, dead_letter_topic(service)))
    marks = {_header(record, REPLAYED): _header(record, AT) for record in records if _header(record, REPLAYED)}
    letters = [_letter(service, record, marks) for record in records if not _header(record, REPLAYED)]
    return sorted(letters, key=lambda letter: (letter.word(AT), letter.partition, letter.offset))


def counted(found: Sequence[Letter]) -> list[dict[str, object]]:
    """How many letters there are of one service, topic, reason and digest (one digest is one fault), most first."""
    groups: dict[tuple[str, ...], list[Letter]] = defaultdict(list)
    for letter in found:
        groups[letter.service, letter.word(TOPIC), letter.word(REASON), letter.word(DIGEST)].append(letter)
    rows = [_group(key, letters) for key, letters in groups.items()]
    return sorted(rows, key=lambda row: (-int(str(row["count"])), str(row["service"]), str(row["reason"])))


def _group(key: tuple[str, ...], found: Sequence[Letter]) -> dict[str, object]:
    moments = sorted(letter.word(AT) for letter in found)
    waiting = sum(not letter.replayed_at for letter in found)
    counts = {"count": len(found), "waiting": waiting, "first": moments[0], "last": moments[-1]}
    return dict(zip(("service", "topic", "reason", "digest"), key, strict=True)) | counts


def send_again(producer: KafkaProducer, letter: Letter) -> None:
    """Send the original bytes and headers to the original topic, then mark it. Raises CliError, KafkaError."""
    topic = letter.word(TOPIC)
    if not topic:
        raise CliError(f"{letter.id} tidak menyebut topik asalnya", "BAD_LETTER")
    sent = producer.send(topic, value=letter.value, key=letter.key, headers=letter.original_headers)
    sent.get(SEND_TIMEOUT_S)
    # A crash between the two sends it once more at the next replay; the other order would lose it.
    mark = [(REPLAYED, letter.id.encode()), (AT, datetime.now(UTC).isoformat().encode())]
    marked = producer.send(dead_letter_topic(letter.service), value=b"", key=letter.key, headers=mark)
    marked.get(SEND_TIMEOUT_S)


def _letter(service: str, record: Any, marks: dict[str, str]) -> Letter:
    headers = tuple((name, value or b"") for name, value in record.headers or ())
    letter = Letter(service, record.partition, record.offset, record.key, record.value or b"", headers)
    return replace(letter, replayed_at=marks.get(letter.id, ""))


def _records(consumer: KafkaConsumer, topic: str) -> Iterator[Any]:
    """Everything on the topic up to its end as it is now."""
    parts = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
    if not parts:
        return
    consumer.assign(parts)
    consumer.seek_to_beginning(*parts)
    ends, idle = consumer.end_offsets(parts), 0
    while any(consumer.position(part) < ends[part] for part in parts):
        polled = consumer.poll(timeout_ms=_POLL_MS)
        idle = 0 if polled else idle + 1
        if idle > _IDLE_POLLS:
            raise CliError(f"{topic} tidak terbaca: broker diam", "KAFKA")
        for batch in polled.values():
            yield from batch


def _header(record: Any, wanted: str) -> str:
    return next(
        ((value or b"").decode(errors="replace") for name, value in record.headers or () if name == wanted), ""
    )
