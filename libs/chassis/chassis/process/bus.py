"""The parts of a process that have to do with Kafka."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

from chassis.kafka.consume import Consumer
from chassis.kafka.lane import Lane
from chassis.kafka.progress import Progress
from chassis.kafka.relay import Relay
from chassis.kafka.retrier import Retrier
from chassis.kafka.security import Access
from chassis.kafka.subscription import Subscription
from chassis.postgres.boundary import Boundary
from chassis.process.background import Background
from chassis.process.broker import Broker
from chassis.process.database import Database
from chassis.process.part import Part

_LOOK = 1.0
_DRAIN = 1.5  # seconds for batches in flight; a batch takes milliseconds unless something is wrong
_FLUSH = 1.0  # seconds for what is still in the outbox; the rest leaves after the next start


class Bus:
    """The lane and what consumes it."""

    name = "bus"

    def __init__(self, consumer: Consumer, lane: Lane) -> None:
        self._consumer = consumer
        self._lane = lane

    @property
    def ready(self) -> bool:
        """Whether records flow: the group is joined, no breaker is open, the database is there."""
        return self._lane.ready and not self._consumer.open_topics and not self._consumer.away

    async def start(self) -> None:
        """Begin to read, now or when Kafka is there."""
        await self._lane.start()

    async def stop(self) -> None:
        """Fetch no more, finish the batches in flight, commit, leave the group."""
        self._consumer.stop()
        await self._lane.drain(_DRAIN)
        await self._lane.stop()


def bus_parts(
    name: str,
    access: Access,
    subscriptions: Sequence[Subscription[Any]],
    boundary: Boundary,
    database: Database,
) -> tuple[list[Part], Callable[[], list[str]]]:
    """Give the parts in the order of starting, and what tells why the process should be restarted."""
    relay = Relay(access, name, boundary.pool, boundary.outbox)
    parts: list[Part] = [
        Broker(access),
        Background("relay", relay.run, before_stop=relay.emptied, is_ready=lambda: relay.ready, patience=_FLUSH),
    ]
    if not subscriptions:
        return parts, list
    consumer = Consumer(name, subscriptions, boundary, prefix=access.prefix)
    lane = Lane(access, name, [one.topic for one in subscriptions], consumer.handle)
    progress = Progress(lane, time.monotonic)

    async def watch() -> None:
        while True:
            progress.look(database_answers=database.ready, paused=consumer.open_topics)
            await asyncio.sleep(_LOOK)

    parts += [
        Background("parked keys", Retrier(name, subscriptions, boundary).run),
        Background("progress", watch),
        Bus(consumer, lane),
    ]
    return parts, lambda: [f"no progress on {topic}[{number}]" for topic, number in progress.stuck]
