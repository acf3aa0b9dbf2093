"""Owns a lane: walks its queues while the ownership lasts, or waits to take it over."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from chassis.kernel.clock import Clock
from notifier.application.carriers import Carrier
from notifier.application.consequences import Times
from notifier.application.ports import Deliveries
from notifier.domain.channel import Channel
from notifier.domain.lane import Lane, queue_of
from notifier.entrypoints.slots import Shape
from notifier.entrypoints.walking import Queue

_log = logging.getLogger(__name__)


class LaneWorker:
    """A part of the process: owns one lane and walks its queues, or waits to take it over."""

    def __init__(
        self,
        lane: Lane,
        open_deliveries: Callable[[], Awaitable[Deliveries]],
        carriers: Mapping[Channel, Carrier],
        clock: Clock,
        times: Times,
        shape: Shape | None = None,
        hold: Callable[[datetime], bool] | None = None,
    ) -> None:
        self.name = f"lane:{lane.word}"
        self.ready = True  # a lane that another process owns is well looked after
        self._lane = lane
        self._open = open_deliveries
        self._carriers, self._clock, self._times = carriers, clock, times
        self._shape, self._hold = shape or Shape(), hold
        self._queues: list[Queue] = []
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to wait for the lane."""
        self._task = asyncio.create_task(self._live(), name=self.name)

    async def stop(self) -> None:
        """Store the outcome of what is on its way, then give the lane back."""
        if self._task is None:
            return
        for queue in self._queues:
            queue.drain()
        if self._queues:
            await asyncio.wait([self._task], timeout=4)
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def _live(self) -> None:
        while True:
            try:
                deliveries = await self._open()
                try:
                    await deliveries.own()
                    if await self._walk(deliveries):
                        return
                finally:
                    await deliveries.close()
            except Exception:  # noqa: BLE001 - told in the log with its trace; a lane is never left alone
                _log.exception("%s starts again", self.name)
            await asyncio.sleep(0.2)

    async def _walk(self, deliveries: Deliveries) -> bool:
        """Walk both queues until drained (True) or until the ownership is lost (False)."""
        self._queues = [
            Queue(
                queue_of(self._lane, channel),
                deliveries,
                self._carriers,
                self._clock,
                self._times,
                asyncio.Event(),
                self._shape,
                self._hold,
            )
            for channel in Channel
        ]
        lost: asyncio.Task[None] = asyncio.create_task(deliveries.lost())
        walking = asyncio.create_task(self._all())
        try:
            await asyncio.wait([lost, walking], return_when=asyncio.FIRST_COMPLETED)
            if not walking.done():
                return False
            await walking
            return True
        finally:
            self._queues = []
            for each in (lost, walking):
                each.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await walking

    async def _all(self) -> None:
        await asyncio.gather(*[queue.run() for queue in self._queues])
