"""A test's own corner of the run's one broker: its topics and groups carry a prefix nobody else has."""

import asyncio
import ssl
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.structs import ConsumerRecord
from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    KafkaAdminClient,
    NewTopic,
    ResourcePattern,
    ResourceType,
)

from chassis.kafka.catalogue import Catalogue

ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is and how to be let in: `secrets` holds `kafka-<user>.password`."""

    bootstrap: str
    ca: Path
    secrets: Path

    def password(self, user: str) -> str:
        """The user's password."""
        return (self.secrets / f"kafka-{user}.password").read_text().strip()

    def client(self, user: str = ADMIN) -> dict[str, Any]:
        """Arguments that aiokafka's clients need to connect as `user`."""
        return {
            "bootstrap_servers": self.bootstrap,
            "security_protocol": "SASL_SSL",
            "ssl_context": ssl.create_default_context(cafile=str(self.ca)),
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": user,
            "sasl_plain_password": self.password(user),
        }

    def admin(self) -> KafkaAdminClient:
        """A client for topics and access lists. Blocking: call it in a thread."""
        arguments = self.client()
        arguments["ssl_cafile"] = str(self.ca)
        del arguments["ssl_context"]
        return KafkaAdminClient(**arguments)


@dataclass(slots=True)
class Kafka:
    """The broker as one test sees it. Names given and taken are those of the catalogue; `name()` adds the prefix."""

    broker: Broker
    admin: KafkaAdminClient
    prefix: str = field(default_factory=lambda: f"t{uuid4().hex[:10]}.")
    _topics: list[str] = field(default_factory=list)
    _producer: AIOKafkaProducer | None = None
    _idle: list[AIOKafkaConsumer] = field(default_factory=list)

    def name(self, plain: str) -> str:
        """The name on the broker of a topic or group."""
        return self.prefix + plain

    async def create(
        self, *topics: str, partitions: int = 2, users: Iterable[str] = (), groups: Collection[str] = ()
    ) -> None:
        """Make topics, and let `users` read and write them and join `groups` (by default one of each user's name)."""
        names = [self.name(topic) for topic in topics]
        allowed = list(users)
        lists = [self._allow(user, ResourceType.TOPIC, topic) for user in allowed for topic in topics]
        lists += [self._allow(user, ResourceType.GROUP, group) for user in allowed for group in groups or allowed]
        await asyncio.to_thread(self.admin.create_topics, [NewTopic(name, partitions, 1) for name in names])
        self._topics += names
        if lists:
            await asyncio.to_thread(self.admin.create_acls, lists)

    async def create_all(self, catalogue: Catalogue) -> None:
        """Make every topic of a catalogue, each open to its producers and consumers alone."""
        topics = catalogue.topics.values()
        names = [
            NewTopic(self.name(topic.topic), topic.partitions, 1, topic_configs=topic.configs) for topic in topics
        ]
        lists = [self._allow(user, ResourceType.GROUP, user) for user in catalogue.services]
        lists += [
            self._allow(user, ResourceType.TOPIC, topic.topic)
            for topic in topics
            for user in {*topic.producers, *topic.consumers}
        ]
        await asyncio.to_thread(self.admin.create_topics, names)
        self._topics += [self.name(topic.topic) for topic in topics]
        await asyncio.to_thread(self.admin.create_acls, lists)

    async def send(
        self,
        topic: str,
        value: bytes | None,
        *,
        key: bytes | None = None,
        headers: Sequence[tuple[str, bytes]] = (),
        partition: int | None = None,
    ) -> int:
        """Put one record on a topic and give its offset."""
        writer, name = await self._writer(), self.name(topic)
        sent = await writer.send_and_wait(name, value, key=key, headers=list(headers), partition=partition)
        return int(sent.offset)

    async def read(self, topic: str, *, count: int = 0, seconds: float = 15) -> list[ConsumerRecord]:
        """Give a topic's records from its beginning, in order of their time.

        Waits until there are `count`; with 0, gives what is there now. Raises TimeoutError with what came instead.
        """
        records: list[ConsumerRecord] = []
        async with asyncio.timeout(seconds + 5):
            reader = await self._reader()
            try:
                reader.assign(await self._partitions(topic))
                await _fill(reader, records, count, seconds)
            except BaseException:
                await reader.stop()
                raise
        reader.pause(*reader.assignment())  # to unsubscribe can leave it unable to stop
        self._idle.append(reader)
        return sorted(records, key=lambda record: (record.timestamp, record.partition, record.offset))

    async def close(self) -> None:
        """Remove the topics; the access lists go with the run."""
        for client in (*self._idle, *filter(None, (self._producer,))):
            await client.stop()
        if self._topics:
            await asyncio.to_thread(self.admin.delete_topics, self._topics)

    def _allow(self, user: str, kind: ResourceType, plain: str) -> ACL:
        pattern = ResourcePattern(kind, self.name(plain), ACLResourcePatternType.LITERAL)
        return ACL(f"User:{user}", "*", ACLOperation.ALL, ACLPermissionType.ALLOW, pattern)

    async def _reader(self) -> AIOKafkaConsumer:
        """A reader of nothing yet. Who waits for a record reads again and again: connecting would be most of it."""
        if self._idle:
            return self._idle.pop()
        reader = AIOKafkaConsumer(**self.broker.client(), auto_offset_reset="earliest", fetch_max_wait_ms=50)
        await reader.start()
        return reader

    async def _partitions(self, topic: str) -> list[TopicPartition]:
        numbers = await (await self._writer()).partitions_for(self.name(topic))
        return [TopicPartition(self.name(topic), number) for number in numbers]

    async def _writer(self) -> AIOKafkaProducer:
        if self._producer is None:
            self._producer = AIOKafkaProducer(**self.broker.client(), linger_ms=0, retry_backoff_ms=20)
            await self._producer.start()
        return self._producer


async def _fill(reader: AIOKafkaConsumer, records: list[ConsumerRecord], count: int, seconds: float) -> None:
    ends = await reader.end_offsets(reader.assignment())
    wanted = count or sum(ends.values()) - sum((await reader.beginning_offsets(reader.assignment())).values())
    give_up = time.monotonic() + seconds
    while len(records) < wanted:
        for batch in (await reader.getmany(timeout_ms=100)).values():
            records.extend(batch)
        if time.monotonic() > give_up:
            raise TimeoutError(
                f"{len(records)} of {wanted} records came within {seconds} s: {[r.value for r in records]}"
            )
