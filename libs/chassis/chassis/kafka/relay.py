"""Brings committed events from the outbox to Kafka, in order, at least once.

One relay per service works (advisory lock). One coroutine sends a batch of rows, waits for every acknowledgement, and
only then deletes them and reads on; when anything is unclear it sends the very same rows again, with a new producer.
So rows of one key can arrive twice, never in another order, and never not.
"""

import asyncio
import contextlib
from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.partitioner import DefaultPartitioner

from chassis.kafka import measures
from chassis.kafka.dead_letters import is_dead_letter
from chassis.kafka.headers import Header, cloud_headers
from chassis.kafka.security import Access
from chassis.kernel.hearing import heard
from chassis.postgres.leader import lead
from chassis.postgres.outbox import Outbox, StoredRow
from chassis.postgres.pool import Pool

TOGETHER = 500  # rows sent before the first of them is deleted; more would keep the process from all else
CROWD, JOIN = 32, 0.025  # so many rows at once: more come, and wait so many seconds to go together
IDLE = 0.5  # seconds: what nobody woke for (a word between processes was lost) is seen this much later at most
DEADLINE = 4.0  # seconds for one batch; beyond it nobody knows what arrived, and all of it is sent again
CLOSE_DEADLINE = 0.5
MAX_BATCH_BYTES = 256 * 1024
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 1.0

_log = structlog.get_logger(__name__)
_partition = DefaultPartitioner()


class Relay:
    """The relay of one service; `run` waits for its turn and takes over when the one before ends."""

    def __init__(self, access: Access, service: str, pool: Pool, outbox: Outbox) -> None:
        self._access = access
        self._service = service
        self._pool = pool
        self._outbox = outbox
        self._producer: AIOKafkaProducer | None = None
        self.ready = True

    async def run(self) -> None:
        """Send until cancelled."""
        try:
            await lead(self._pool, f"relay of {self._service}", self._keep_sending, self._outbox.wake)
        finally:
            await self._drop_producer()

    async def emptied(self) -> None:
        """Wait until everything committed so far has left."""
        while await self._outbox.count():
            self._outbox.wake.set()
            await asyncio.sleep(0.02)

    async def _keep_sending(self) -> None:
        self._outbox.wake.clear()
        rows = await self._outbox.fetch(TOGETHER)
        while True:
            if rows:
                await self._send(rows)
                if CROWD <= len(rows) < TOGETHER:
                    await asyncio.sleep(JOIN)
            else:
                await heard(self._outbox.wake, IDLE)
            self._outbox.wake.clear()
            rows = await (self._outbox.fetch_on(TOGETHER, rows) if rows else self._outbox.fetch(TOGETHER))

    async def _send(self, rows: Sequence[StoredRow]) -> None:
        """Send the rows, all of them again until all are acknowledged."""
        pause = _FIRST_PAUSE
        while True:
            try:
                async with asyncio.timeout(DEADLINE):
                    await self._publish(await self._opened(), rows)
            except (KafkaError, OSError, TimeoutError) as error:
                await self._complain(error)
                await self._drop_producer()
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            else:
                self.ready = True
                return

    async def _complain(self, error: Exception) -> None:
        """Say once what is wrong, in words where the connection is."""
        if self.ready:
            self.ready = False
            reason = await self._access.complaint() or f"{type(error).__name__}: {error}"
            _log.warning("relay waits", reason=reason)

    async def _publish(self, producer: AIOKafkaProducer, rows: Sequence[StoredRow]) -> None:
        """Send batches of several partitions side by side, those of one partition one after another."""
        queues = await self._by_partition(producer, rows)
        waiting = []
        while queues:
            for (topic, partition), batches in list(queues.items()):
                batch = batches.popleft()
                waiting.append(await producer.send_batch(batch, topic, partition=partition))
                if not batches:
                    del queues[topic, partition]
        await asyncio.gather(*waiting)
        for topic, count in Counter(row.topic for row in rows).items():
            measures.PUBLISHED.labels(topic).inc(count)

    async def _by_partition(
        self, producer: AIOKafkaProducer, rows: Sequence[StoredRow]
    ) -> dict[tuple[str, int], deque[Any]]:
        queues: dict[tuple[str, int], deque[Any]] = defaultdict(deque)
        partitions = {topic: await self._partitions(producer, topic) for topic in {row.topic for row in rows}}
        places: dict[tuple[str, bytes | None], tuple[str, int]] = {}  # murmur2 in Python is dear, and keys repeat
        for row in rows:
            place = places.get((row.topic, row.key))
            if place is None or row.key is None:
                numbers = partitions[row.topic]
                place = self._access.prefix + row.topic, _partition(row.key, numbers, numbers)
                places[row.topic, row.key] = place
            _append(producer, queues[place], row, self._service)
        return queues

    async def _partitions(self, producer: AIOKafkaProducer, topic: str) -> list[int]:
        return sorted(await producer.partitions_for(self._access.prefix + topic))

    async def _opened(self) -> AIOKafkaProducer:
        if self._producer is None:
            self._producer = AIOKafkaProducer(
                **self._access.aiokafka(),
                enable_idempotence=True,
                linger_ms=0,
                max_batch_size=MAX_BATCH_BYTES,
                request_timeout_ms=int(DEADLINE * 1000),
            )
            await self._producer.start()
        return self._producer

    async def _drop_producer(self) -> None:
        """End the producer for good: nothing of it may be sent after its successor began.

        `stop` alone waits for the broker to come back, so its parts are ended as well, each within a deadline.
        """
        producer, self._producer = self._producer, None
        if producer is None:
            return
        for end in (producer.stop, producer._sender.close, producer.client.close):  # noqa: SLF001 - see above
            with contextlib.suppress(Exception):  # whatever it says on its way out, it is gone
                async with asyncio.timeout(CLOSE_DEADLINE):
                    await end()


def _append(producer: AIOKafkaProducer, batches: deque[Any], row: StoredRow, service: str) -> None:
    """Put the row into the last batch, or into a new one when that is full."""
    what = {"timestamp": None, "key": row.key, "value": row.value, "headers": _headers(row, service)}
    if not batches or batches[-1].append(**what) is None:
        batches.append(producer.create_batch())
        batches[-1].append(**what)


def _headers(row: StoredRow, service: str) -> list[Header]:
    if is_dead_letter(row.topic):
        return list(row.headers)
    made = cloud_headers(
        event_id=row.event_id,
        source=f"/kentongan/{service}",
        type_=row.type,
        subject=row.subject,
        time=row.occurred_at,
        schema=row.type.rpartition(".")[0],
        traceparent=row.traceparent,
    )
    return [*made, *row.headers]
