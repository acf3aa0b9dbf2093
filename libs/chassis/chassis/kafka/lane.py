"""The lane: brings a service its records in batches, one at a time per partition, and commits behind each.

A Faust app with our transport underneath. The lane opens when the broker and all topics are there, opens again after
any failure of it, and on `drain` finishes what is in flight. What a batch means is the handler's business.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog
from faust.types import TP

from chassis.kafka.faust_app import make_app, stop_app
from chassis.kafka.probe import missing_topics
from chassis.kafka.security import Access
from chassis.kafka.transport import Batch, Consumer, GivenUp

MAX_BATCH = 300
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0
_CANCEL_TIMEOUT = 0.5
_WATCH = 0.2

_log = structlog.get_logger(__name__)

Handler = Callable[[Batch], Awaitable[None]]


class Lane:
    """Reads `topics` as one member of `group` and gives each batch to `handler`.

    A handler returns when the effects of its batch are committed, and never skips: what it cannot do
    it retries, parks or buries (`chassis.kafka.consume`); GivenUp says that it stopped before.
    """

    def __init__(
        self, access: Access, group: str, topics: Sequence[str], handler: Handler, *, max_batch: int = MAX_BATCH
    ) -> None:
        self._access = access
        self._group = access.prefix + group
        self._topics = [access.prefix + topic for topic in topics]
        self._handler = handler
        self._max_batch = max_batch
        self._app: Any = None
        self._keeper: asyncio.Task[None] | None = None
        self._work: set[asyncio.Task[None]] = set()
        self._stopping = False

    @property
    def ready(self) -> bool:
        """Whether the group was joined and records can flow."""
        consumer = self._consumer
        return consumer is not None and consumer.flow_active and self._app.consumer_generation_id > 0

    @property
    def _consumer(self) -> Consumer | None:
        return self._app.consumer if self._app is not None and self._app.started else None

    async def start(self) -> None:
        """Begin to read, now or when the broker is there."""
        self._keeper = asyncio.create_task(self._keep(), name="lane")

    async def drain(self, seconds: float) -> bool:
        """Fetch no more and let the batches in flight finish. True when all did in time."""
        self._stopping = True
        if self._consumer is not None:
            self._consumer.draining = True
            self._consumer.forget_pumps()
        if self._work:
            await asyncio.wait(self._work, timeout=seconds)
        return not self._work

    async def stop(self) -> None:
        """Give up what is still in flight, commit what is finished, leave the group."""
        self._stopping = True
        ending = {*self._work, *([self._keeper] if self._keeper else [])}
        for task in ending:
            task.cancel()
        try:
            if ending:  # not for ever: Faust's start may have swallowed it
                await asyncio.wait(ending, timeout=_CANCEL_TIMEOUT)
        finally:
            await self._close()

    def positions(self) -> dict[tuple[str, int], tuple[int, int]]:
        """Give the next offset to commit and the end of the log, of every partition of ours where both are known.

        Topics are called by their names in the catalogue.
        """
        consumer = self._consumer
        if consumer is None or not self.ready:  # between start and join nothing is assigned, and Faust says so loudly
            return {}
        ends: dict[TP, int | None] = {tp: consumer.highwater(tp) for tp in consumer.assignment()}
        return {
            (tp.topic.removeprefix(self._access.prefix), tp.partition): (done, end)
            for tp, end in ends.items()
            if end is not None and (done := consumer.behind(tp)) is not None
        }

    async def _keep(self) -> None:
        pause = _FIRST_PAUSE
        while not self._stopping:
            try:
                await self._open()
                pause = _FIRST_PAUSE
                await self._broken()
            except Exception as error:  # noqa: BLE001 - whatever broke the lane, it is opened again
                _log.warning("lane opens again", group=self._group, reason=f"{type(error).__name__}: {error}")
            await self._close()
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _open(self) -> None:
        await self._await_broker()
        app = self._app = make_app(self._access, self._group, self._topics, self._take, self._max_batch)
        await app.start()

    async def _await_broker(self) -> None:
        """Wait for the broker and the topics, telling each new reason once."""
        told, pause = None, _FIRST_PAUSE
        while reason := (await self._access.complaint() or await missing_topics(self._access, self._topics)):
            if reason != told:
                _log.warning("lane waits", group=self._group, reason=reason)
            told = reason
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _broken(self) -> None:
        """Return when the app has crashed or stopped by itself."""
        app = self._app
        while not (app.crashed or app.should_stop):  # noqa: ASYNC110 - Faust sets no event when it crashes
            await asyncio.sleep(_WATCH)
        raise app.crash_reason or RuntimeError("the reader stopped by itself")

    async def _close(self) -> None:
        app, self._app = self._app, None
        if app is not None:
            await stop_app(app)

    async def _take(self, batches: Any) -> None:
        """Faust's agent: a task per batch, of which there is at most one per partition."""
        async for batch in batches:
            task = asyncio.create_task(self._finish(batch), name=f"batch {batch.topic}[{batch.partition}]")
            self._work.add(task)
            task.add_done_callback(self._work.discard)

    async def _finish(self, batch: Batch) -> None:
        pause = _FIRST_PAUSE
        while batch.current:
            try:
                await self._handler(batch)
            except GivenUp:
                return
            except Exception:  # noqa: BLE001 - a bug of ours: told, and tried again, for nothing may be skipped
                _log.exception("batch", topic=batch.topic, partition=batch.partition, offset=batch.records[0].offset)
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            else:
                batch.done()
                return
