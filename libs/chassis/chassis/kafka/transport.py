"""Faust's Kafka transport, mended for batches (faust-streaming 0.15.3, pinned).

What is mended, and why:
- Records of a partition go to the agent as one batch; the next batch of that partition is fetched only after
  `Batch.done`, so a commit can never pass work in flight, and order within a partition holds.
- Each partition has its own pump: a free one never waits for another one's batch.
- `done` of a batch fetched before a rebalance is ignored (the very object is compared), and what is known of revoked
  partitions is forgotten.
- Fetches wait briefly (Faust has 1.5 s fixed), and a commit that fails is tried again instead of crashing the app.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from aiokafka.errors import KafkaError
from aiokafka.structs import OffsetAndMetadata
from faust.tables.manager import TableManager
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from mode.threads import ServiceThread, WorkerThread
from mode.utils.times import Seconds

FETCH_WAIT_MS, QUIET_WAIT_MS = 50, 500
QUIET = 2.0  # seconds without any record
COMMIT_TIMEOUT = 5.0
_FETCH_TIMEOUT = 1.0
_LOOK_AGAIN = 0.02  # seconds between looks at what is assigned

_log = structlog.get_logger(__name__)


class GivenUp(Exception):  # noqa: N818 - no error: the batch comes again, here or elsewhere
    """Said by a handler that stops before its batch is done: the process ends, or the partition was revoked."""


@dataclass(eq=False, slots=True)
class Batch:
    """Records of one partition in their order. Whoever has committed their effects says `done`, once."""

    topic: str
    partition: int
    records: list[Any]
    _finish: Callable[["Batch"], None]
    _is_current: Callable[["Batch"], bool]
    finished: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def current(self) -> bool:
        """False once the partition was revoked: whoever still retries gives up, the records come again."""
        return self._is_current(self)

    def done(self) -> None:
        """The effects of all records are committed: go on behind them."""
        self._finish(self)


class NoTables(TableManager):
    """Faust waits a fixed second for tables to be declared; we have none."""

    async def sleep(self, n: Seconds) -> None:
        """Sleep, but not that second."""
        await super().sleep(0 if n == 1.0 else n)


class ReadingThread(WorkerThread):
    """Keeps no process alive: where a consumer was not stopped in time, Python would wait for its thread for ever."""

    def __init__(self, service: ServiceThread, **options: Any) -> None:
        super().__init__(service, **options)
        self.daemon = True


class ConsumerThread(driver.AIOKafkaConsumerThread):
    """The thread in which aiokafka's consumer lives."""

    Worker = ReadingThread
    _heard = 0.0

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS  # noqa: SLF001 - fixed at 1500 in Faust, read by start()
        return consumer

    def pace(self, fetcher: Any, *, came: bool) -> None:
        """While records come, let fetches wait briefly: who was just read is asked for in the next one only.

        In quiet times that would be all that a process and its broker do; what comes then ends the fetch at once.
        """
        now = self.thread_loop.time()
        if came:
            self._heard = now
        fetcher._fetch_max_wait_ms = FETCH_WAIT_MS if now - self._heard < QUIET else QUIET_WAIT_MS  # noqa: SLF001 - as above

    async def fetch(self, tp: TP) -> list[Any]:
        """Fetch the next records of a partition, none after a second without any."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._fetch(tp), self.thread_loop))

    async def _fetch(self, tp: TP) -> list[Any]:
        consumer = self._ensure_consumer()
        consumer._coordinator.check_errors()  # noqa: SLF001 - Faust never asks, and a refused group stays unseen
        records = await self._fetch_records(
            consumer,
            {tp},
            timeout=_FETCH_TIMEOUT,
            max_records=consumer._max_poll_records,  # noqa: SLF001 - as Faust
        )
        found = next(iter(records.values()), [])
        self.pace(consumer._fetcher, came=bool(found))  # noqa: SLF001 - as above
        return found

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        """Commit; False when it did not succeed, whatever the reason: the offsets are tried again or void."""
        consumer = self._ensure_consumer()
        assigned = self.assignment()
        wanted = {
            driver.ensure_aiokafka_TP(tp): OffsetAndMetadata(o, "") for tp, o in offsets.items() if tp in assigned
        }
        try:
            async with asyncio.timeout(COMMIT_TIMEOUT):
                await (consumer.commit(wanted) if wanted else asyncio.sleep(0))
        except (KafkaError, TimeoutError) as error:
            _log.warning("offsets not committed yet", reason=type(error).__name__)
            return False
        return True


class Consumer(driver.Consumer):
    """Faust's consumer that hands whole batches to `channel` and commits behind finished ones."""

    _thread: ConsumerThread
    app: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.busy: dict[TP, Batch] = {}
        self.committed: dict[TP, int] = {}
        self.draining = False
        self._next: dict[TP, int] = {}
        self._pumps: dict[TP, asyncio.Task[None]] = {}

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    def behind(self, tp: TP) -> int | None:
        """Give the offset up to which a partition is done, None where nothing is known of it yet."""
        known = self.committed.get(tp, self._committed_offset.get(tp))
        if known is None and tp in self.busy:
            return int(self.busy[tp].records[0].offset)
        return known

    def forget(self) -> None:
        """Void everything in flight: its partitions are somebody's again, perhaps ours, from the committed offset."""
        for pump in self._pumps.values():
            pump.cancel()
        self._pumps.clear()
        self.busy.clear()
        self._next.clear()
        self.committed.clear()

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Commit what is finished while we still may; then all in flight is void (the rebalance is eager)."""
        await self.force_commit()
        self.forget()
        await super().on_partitions_revoked(revoked)

    async def force_commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:  # noqa: ARG002, FBT001, FBT002 - Faust's signature
        """Commit behind the finished batches."""
        offsets, self._next = self._next, {}
        if not offsets:
            return False
        generation = self.app.consumer_generation_id
        if await self._commit(offsets):
            self.committed.update(offsets)
            return True
        if generation == self.app.consumer_generation_id:
            self._next = {**offsets, **self._next}  # what was finished meanwhile is further on
        return False

    async def verify_all_partitions_active(self) -> None:
        """Faust's own guess at a stall; `chassis.kafka.progress` knows better."""

    async def _drain_messages(self, fetcher: Any) -> None:
        """Keep one pump per assigned partition while the app's flow is on. Runs as Faust's fetcher."""
        try:
            while not (self._stopped.is_set() or fetcher._stopped.is_set()):  # noqa: SLF001 - as Faust does
                if self.flow_active and not self.draining:
                    self._keep_pumps()
                await asyncio.sleep(_LOOK_AGAIN)
        finally:
            self.forget_pumps()

    def forget_pumps(self) -> None:
        """Stop fetching; batches in flight go on."""
        for tp, pump in list(self._pumps.items()):
            if tp not in self.busy:
                pump.cancel()
                del self._pumps[tp]

    def _keep_pumps(self) -> None:
        for tp in self._get_active_partitions():
            pump = self._pumps.get(tp)
            if pump is not None and pump.done():
                pump.result()  # an error of the fetch (no right to the topic or group) ends the fetcher, loudly
            if pump is None or pump.done():
                self._pumps[tp] = asyncio.create_task(self._pump(tp, self.app.consumer_generation_id))

    def _flows(self, generation: int) -> bool:
        return bool(self.flow_active and not self.draining and generation == self.app.consumer_generation_id)

    async def _pump(self, tp: TP, generation: int) -> None:
        """Fetch, hand over, wait for `done`, again. Records fetched into a rebalance are dropped: they come again."""
        while self._flows(generation):
            records = await self._thread.fetch(tp)
            if records and self._flows(generation):
                batch = self.busy[tp] = Batch(tp.topic, tp.partition, records, self._finish, self._is_busy)
                await self.app.lane.put(batch)
                await batch.finished.wait()

    def _is_busy(self, batch: Batch) -> bool:
        return self.busy.get(TP(batch.topic, batch.partition)) is batch

    def _finish(self, batch: Batch) -> None:
        if not self._is_busy(batch):
            return  # fetched before a rebalance: somebody else may be further by now
        tp = TP(batch.topic, batch.partition)
        del self.busy[tp]
        self._next[tp] = batch.records[-1].offset + 1
        batch.finished.set()


class Transport(driver.Transport):
    """Faust's transport with our consumer."""

    Consumer = Consumer
