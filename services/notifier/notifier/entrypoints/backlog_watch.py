"""Tells the metrics how old the oldest undelivered message of a lane is."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime

from chassis.kernel.clock import Clock
from notifier import metrics
from notifier.application import sparing
from notifier.application.operations import Backlogs
from notifier.domain.lane import QUEUES, Lane, lane_of

EVERY = 5.0  # seconds, at least

_log = logging.getLogger(__name__)


def watching(lanes: Collection[Lane], backlogs: Backlogs, clock: Clock) -> Callable[[], Awaitable[None]]:
    """Give the work of a part that looks at these lanes for as long as the process lives."""

    async def watch() -> None:
        while True:
            began = time.monotonic()
            try:
                await look(lanes, backlogs, clock.now())
            except Exception as error:  # noqa: BLE001 - a database that is away: the metric grows old, as it should
                _log.warning("the backlog cannot be read: %s", type(error).__name__)
            await asyncio.sleep(sparing.pause(time.monotonic() - began, EVERY))

    return watch


async def look(lanes: Collection[Lane], backlogs: Backlogs, now: datetime) -> None:
    """Set the metric of each lane: when the oldest waiting alert came in, or now where none waits."""
    oldest = dict.fromkeys(lanes, now)
    own = [queue for queue in QUEUES if lane_of(queue) in lanes]  # to count what waits is work
    moments = [(lane_of(one.queue), one.oldest) for one in await backlogs.queues(own)]
    moments += [(one.lane, one.oldest) for one in await backlogs.planning()]
    for lane, moment in moments:
        if lane in oldest and moment is not None:
            oldest[lane] = min(oldest[lane], moment)
    for lane, moment in oldest.items():
        metrics.OLDEST.labels(lane.word).set(moment.timestamp())
