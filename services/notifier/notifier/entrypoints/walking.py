"""Walks one queue: claims what is next, tries it, stores the outcome with the claim of the next."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from chassis.kernel.clock import Clock
from chassis.kernel.errors import Transient
from chassis.kernel.hearing import heard
from notifier import metrics
from notifier.application.carriers import Carrier
from notifier.application.consequences import Times
from notifier.application.ports import Claimed, Deliveries, Outcome
from notifier.domain.channel import Channel
from notifier.domain.delivery import State
from notifier.domain.lane import Lane, channel_of
from notifier.entrypoints.slots import Shape, Slots
from notifier.entrypoints.trying import Trying
from notifier.entrypoints.way import Way

LOOK = 0.5  # seconds: how often a queue is looked at without being woken
MARK = 1.0  # seconds between notes of how far a queue is done
DUE = 0.5  # seconds between looks for what is due

_log = logging.getLogger(__name__)


@cache  # to look a metric up by its labels takes longer than counting
def _counter(lane: Lane, channel: Channel, word: str) -> metrics.Counted:
    return metrics.DELIVERIES.labels(lane.word, channel.value, word)


@dataclass(slots=True)
class Queue:
    """One channel of a lane, walked in order of its numbers."""

    number: int
    deliveries: Deliveries
    carriers: Mapping[Channel, Carrier]
    clock: Clock
    times: Times
    news: asyncio.Event
    shape: Shape
    hold: Callable[[datetime], bool] | None = None  # while it says so nothing is claimed: quiet hours
    position: int = 0
    head: int = 0
    _way: Way = field(init=False)
    _slots: Slots = field(init=False)
    _trying: Trying = field(init=False)
    _came: list[Outcome] = field(default_factory=list)  # outcomes to be stored
    _left: int | None = None  # what follows was passed over while the carrier is down: it can go no other way
    _stopping: bool = False

    def __post_init__(self) -> None:
        self._way = Way(self.lane, self.channel, self.carriers)
        self._slots = Slots(self.shape.window)
        self._trying = Trying(self.deliveries, self.channel, self.carriers, self.clock, self.times, self._way)

    @property
    def lane(self) -> Lane:
        """The lane it belongs to."""
        return self.deliveries.lane

    @property
    def channel(self) -> Channel:
        """The channel it uses."""
        return channel_of(self.number)

    async def run(self) -> None:
        """Walk until cancelled, or until `drain`."""
        self.position = await self.deliveries.recover(self.number, self.clock.now())
        self.head = await self.deliveries.head(self.number)
        async with asyncio.TaskGroup() as group:
            keepers = [group.create_task(each()) for each in (self._listen, self._keep_mark, self._fire_due)]
            workers = [group.create_task(self._work(batch, group)) for batch in self.shape.batches]
            await asyncio.wait(workers)
            for keeper in keepers:
                keeper.cancel()

    def drain(self) -> None:
        """Claim nothing more; `run` returns when what was claimed has its outcome stored."""
        self._stopping = True
        self.news.set()

    # --- the worker

    async def _work(self, batch: int, group: asyncio.TaskGroup) -> None:
        """Store what came, claim as many as have a slot; their messages are on the air meanwhile."""
        while self._slots or not self._stopping:
            stored, self._came = self._came, []
            span = self._span(min(batch, self._slots.free + len(stored)))
            if not span and not stored:
                self.news.clear()
                await heard(self.news, self._nap())
                continue
            claimed = await self._turn(stored, span)
            if self._stopping or (self.position < self.head and self._slots.free):
                self.news.set()  # for the one who waits: it is over, or there is room
            outcomes = self._trying.outcomes(claimed)
            if claimed and await self._bring(outcomes, len(claimed)):
                group.create_task(self._bring_late(outcomes))

    async def _bring(self, outcomes: AsyncIterator[list[Outcome]], left: int) -> bool:
        """Bring what comes in time, and say whether more is to come."""
        async for some in outcomes:
            self._came += some
            left -= len(some)
            if left:
                return True
        return False

    async def _bring_late(self, outcomes: AsyncIterator[list[Outcome]]) -> None:
        """Who is late holds up nobody but itself."""
        async for some in outcomes:
            self._came += some
            self.news.set()

    def _span(self, room: int) -> range:
        """The next numbers to claim; none when there are none, or the carrier rests."""
        if room > 0 and not self._stopping and not self._held():
            if (behind := self._behind(room)) is not None:
                return behind
            if self.position < self.head and self._way.open:
                low, self.position = self.position, min(self.position + room, self.head)
                return _after(low, self.position)
        return _after(0, 0)

    def _behind(self, room: int) -> range | None:
        """What was passed over: all of it once the carrier is back, the first of it now and then to see whether."""
        if self._left is None:
            return None
        if self._way.up:
            self.position, self._left = min(self.position, self._left), None
            return None
        if not self._way.probe_is_due:
            return None
        low, high = self._left, min(self._left + room, self.position)
        self._left = high if high < self.position else None
        return _after(low, high)

    def _nap(self) -> float:
        if self.position < self.head:  # there is work: only the carrier is missing
            return min(max(self._way.rests, 0.02), LOOK)
        return LOOK

    async def _turn(self, outcomes: Sequence[Outcome], span: range) -> list[Claimed]:
        """Store and claim; a database that is away is tried again, for the outcomes are known to nobody else."""
        pause = 0.05
        self._slots.take(span, len(outcomes))
        while True:
            try:
                claimed = await self.deliveries.turn(self.number, outcomes, span, self.clock.now())
            except Transient:
                _log.warning("queue %s waits for the database", self.number)
                await asyncio.sleep(pause)
                pause = min(2 * pause, 1.0)
                continue
            self._slots.settle(span, [one.seq for one in claimed], [one.claimed.seq for one in outcomes])
            self._count(outcomes)
            return claimed

    def _count(self, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            if outcome.next.state is State.PLANNED and not outcome.next.reroute:
                self._give_back(outcome.claimed)
        words = Counter("rerouted" if one.next.reroute else one.next.state.name.lower() for one in outcomes)
        for word, count in words.items():
            _counter(self.lane, self.channel, word).inc(count)

    def _give_back(self, claimed: Claimed) -> None:
        """Its turn comes again; what can go no other way is passed over, for those that follow it may."""
        before = claimed.seq - 1
        if self._way.given_up and not self._way.has_other(claimed):
            self._left = before if self._left is None else min(self._left, before)
        else:
            self.position = min(self.position, before)

    def _held(self) -> bool:
        return self.hold is not None and self.hold(self.clock.now())

    # --- keepers

    async def _listen(self) -> None:
        """Look for the new head when woken, and now and then."""
        woken = self.deliveries.news(self.number)
        while True:
            woken.clear()
            head = await self._quietly(self.deliveries.head(self.number))
            if head is not None and head > self.head:
                self.head = head
                self.news.set()
            metrics.BACKLOG.labels(self.lane.word, self.channel.value).set(self.head - self._done())
            await heard(woken, LOOK)

    async def _keep_mark(self) -> None:
        """Note how far all is done, so that a start need not read what is."""
        noted = 0
        while True:
            await asyncio.sleep(MARK)
            lowest = self._slots.lowest
            done = self._done() if lowest is None else min(self._done(), lowest - 1)
            if done > noted:
                await self._quietly(self.deliveries.mark(self.number, done))
                noted = done

    def _done(self) -> int:
        return self.position if self._left is None else min(self.position, self._left)

    async def _fire_due(self) -> None:
        while True:
            await asyncio.sleep(DUE)
            await self._quietly(self.deliveries.fire_due(self.number, self.clock.now()))

    async def _quietly(self, doing: Awaitable[int | None]) -> int | None:
        """A keeper outlives a database that is away."""
        try:
            return await doing
        except Exception as error:  # noqa: BLE001 - it looks again in a moment
            _log.warning("queue %s: %s", self.number, error)
            return None


def _after(low: int, high: int) -> range:
    """The numbers after `low`, up to `high`."""
    return range(low + 1, high + 1)
