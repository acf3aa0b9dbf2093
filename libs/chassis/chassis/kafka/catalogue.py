"""The topic catalogue: one YAML file per topic in `proto/topics`, from which topics and access rules are made.

Fields of a file (all required unless a default is named):

    topic          kentongan.<owner>.<aggregate>[.<reader or lane>].v<n>; the file bears the same name
    owner          the service whose contract it is
    key            in words: what the records are keyed by, so what they are ordered by
    message        full name of the one protobuf message type
    producers      services that write; a list, not empty
    consumers      services that read; a list, may be empty
    partitions     set at birth: adding some breaks the order per key
    retention      how long records are kept: 12h, 7d, 30d, or forever
    compacted      the newest record of each key is kept for ever (default false)
    personal_data  none, or sealed (bytes that only the reader can open); there is no third way
    about          a sentence or two
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from google.protobuf.descriptor_pool import DescriptorPool

DEAD_LETTER_PARTITIONS = 2
DEAD_LETTER_RETENTION = "30d"

_NAME = re.compile(r"kentongan\.[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*){1,2}\.v[1-9][0-9]*")
_SERVICE = re.compile(r"[a-z][a-z0-9-]*")
_MESSAGE = re.compile(r"kentongan(\.[a-z][a-z0-9_]*)+\.v[1-9][0-9]*\.[A-Z][A-Za-z0-9]*")
_RETENTION = re.compile(r"(?P<n>[1-9][0-9]*)(?P<unit>[hd])|forever")
_UNIT_MS = {"h": 3_600_000, "d": 86_400_000}
_MAX_PARTITIONS = 256
_PERSONAL_DATA = ("none", "sealed")


class CatalogueError(ValueError):
    """A catalogue file says something that cannot be; the text names the file and the field."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic, as its file says (see the module)."""

    topic: str
    owner: str
    key: str
    message: str
    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    partitions: int
    retention: str
    compacted: bool
    personal_data: str
    about: str

    @property
    def configs(self) -> dict[str, str]:
        """The broker's settings of this topic."""
        match = _RETENTION.fullmatch(self.retention)
        unit = match["unit"] if match else None
        kept = int(match["n"]) * _UNIT_MS[unit] if match and unit else -1
        return {"cleanup.policy": "compact" if self.compacted else "delete", "retention.ms": str(kept)}


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All topics by name, dead letters included."""

    topics: Mapping[str, Topic]

    def __getitem__(self, name: str) -> Topic:
        """The topic. Raises CatalogueError for a name the catalogue does not hold."""
        if name not in self.topics:
            raise CatalogueError(f"{name}: not in the topic catalogue")
        return self.topics[name]

    @property
    def services(self) -> tuple[str, ...]:
        """Every service that reads or writes, in alphabetical order."""
        return tuple(sorted({s for t in self.topics.values() for s in (*t.producers, *t.consumers)}))

    def consumed_by(self, service: str) -> tuple[Topic, ...]:
        """What a service reads."""
        return tuple(t for t in self.topics.values() if service in t.consumers)

    def produced_by(self, service: str) -> tuple[Topic, ...]:
        """What a service writes, its dead letters included."""
        return tuple(t for t in self.topics.values() if service in t.producers)

    def check_messages(self, pool: DescriptorPool) -> None:
        """Compare with the generated code. Raises CatalogueError for a message type it does not know."""
        for topic in self.topics.values():
            if topic.message:
                _known(pool, topic)


def dead_letter_topic(service: str) -> str:
    """Where the records go that a service cannot digest."""
    return f"kentongan.dlq.{service}.v1"


def load(folder: Path) -> Catalogue:
    """Read every `*.yaml` of a folder. Raises CatalogueError."""
    topics = {topic.topic: topic for topic in (_read(path) for path in sorted(folder.glob("*.yaml")))}
    if not topics:
        raise CatalogueError(f"{folder}: no topic files")
    return with_dead_letters(topics.values())


def with_dead_letters(topics: Iterable[Topic]) -> Catalogue:
    """A catalogue of these topics and of the dead letters of every service that reads one of them."""
    listed = {topic.topic: topic for topic in topics}
    for service in sorted({s for t in listed.values() for s in t.consumers}):
        listed.setdefault(dead_letter_topic(service), _dead_letters(service))
    return Catalogue(listed)


def _dead_letters(service: str) -> Topic:
    return Topic(
        topic=dead_letter_topic(service),
        owner=service,
        key="key of the original record",
        message="",
        producers=(service,),
        consumers=(),
        partitions=DEAD_LETTER_PARTITIONS,
        retention=DEAD_LETTER_RETENTION,
        compacted=False,
        personal_data="sealed",
        about=f"Records that {service} could not digest, byte for byte, with the reason in the headers.",
    )


def _read(path: Path) -> Topic:
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(raw, dict):
        raise CatalogueError(f"{path.name}: not a mapping")
    given: dict[str, Any] = {"compacted": False, **raw}
    expected = set(Topic.__dataclass_fields__)
    if set(given) != expected:
        raise CatalogueError(f"{path.name}: unknown or missing fields {sorted(set(given) ^ expected)}")
    for field in ("producers", "consumers"):
        given[field] = tuple(given[field] or ())
    topic = Topic(**given)
    for complaint in _complaints(topic, path):
        raise CatalogueError(f"{path.name}: {complaint}")
    return topic


def _complaints(topic: Topic, path: Path) -> Iterable[str]:
    """Everything that is wrong with a file, the first being told."""
    name = _NAME.fullmatch(topic.topic)
    checks = {
        "topic: not kentongan.<owner>.<aggregate>.v<n>": bool(name),
        "owner: not the one in the topic's name": topic.topic.startswith(f"kentongan.{topic.owner}."),
        "topic: the file bears another name": path.stem == topic.topic,
        "message: not a full name of ours": _MESSAGE.fullmatch(topic.message) is not None,
        "producers: empty": bool(topic.producers),
        "producers, consumers: not service names": all(map(_is_service, (*topic.producers, *topic.consumers))),
        "partitions: not 1 to 256": topic.partitions in range(1, _MAX_PARTITIONS + 1),
        "retention: not 12h, 7d or forever": _RETENTION.fullmatch(str(topic.retention)) is not None,
        "compacted: not true or false": topic.compacted in (True, False),
        "personal_data: neither none nor sealed": topic.personal_data in _PERSONAL_DATA,
        "key, about: empty": bool(topic.key and topic.about),
    }
    return (complaint for complaint, holds in checks.items() if not holds)


def _is_service(name: object) -> bool:
    return bool(_SERVICE.fullmatch(str(name)))


def _known(pool: DescriptorPool, topic: Topic) -> None:
    try:
        pool.FindMessageTypeByName(topic.message)
    except KeyError:
        raise CatalogueError(f"{topic.topic}: message {topic.message} is in no contract") from None
