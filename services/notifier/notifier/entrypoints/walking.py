"""Walks one queue: claims what is next, tries it, stores the outcome with the claim of the next."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from prometheus_client import Histogram

from chassis.kernel.clock import Clock
from chassis.kernel.errors import Transient
from chassis.kernel.hearing import heard
from chassis.telemetry.traces import Started, recording, started
from notifier import metrics
from notifier.application.carriers import Carrier
from notifier.application.consequences import GIVEN_BACK, Times
from notifier.application.ports import Claimed, Deliveries, Outcome, Told
from notifier.application.send_delivery import send_deliveries
from notifier.domain.channel import Channel
from notifier.domain.delivery import Next, State
from notifier.domain.lane import Lane, channel_of
from notifier.entrypoints.way import Way

LOOK = 0.5  # seconds: how often a queue is looked at without being woken
MARK = 1.0  # seconds between notes of how far a queue is done
DUE = 0.5  # seconds between looks for what is due

_log = logging.getLogger(__name__)


# Looking a metric up by its labels takes longer than counting.


@cache
def _counter(lane: Lane, channel: Channel, word: str) -> metrics.Counted:
    return metrics.DELIVERIES.labels(lane.word, channel.value, word)


@cache
def _seconds(lane: Lane, channel: Channel) -> Histogram:
    return metrics.TRY_SECONDS.labels(lane.word, channel.value)


@dataclass(frozen=True, slots=True)
class Shape:
    """How many messages of one queue may be unanswered at a time, in how many batches."""

    window: int = 50
    # While one stores outcomes the others' messages are on the air; of more the batches are too small.
    workers: int = 2

    @property
    def batches(self) -> list[int]:
        """Claimed at a time by each worker: together the window, no slot is left out."""
        workers = min(self.workers, self.window)
        return [(self.window + worker) // workers for worker in range(workers)]


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
    # Numbers that are claimed, or about to be, and have no outcome stored: as often, for one may be given back and
    # claimed again by the other worker before the first has heard that it was.
    _open: Counter[int] = field(default_factory=Counter)
    _used: int = 0  # slots of the window: claimed, or about to be
    _came: list[Outcome] = field(default_factory=list)  # outcomes to be stored
    _left: int | None = None  # what follows was passed over while the carrier is down: it can go no other way
    _stopping: bool = False

    def __post_init__(self) -> None:
        self._way = Way(self.lane, self.channel, self.carriers)

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
        while self._open or not self._stopping:
            stored, self._came = self._came, []
            low, high = self._span(min(batch, self.shape.window - self._used + len(stored)))
            if low == high and not stored:
                self.news.clear()
                await heard(self.news, self._nap())
                continue
            claimed = await self._turn(stored, low, high)
            if self._stopping or (self.position < self.head and self._used < self.shape.window):
                self.news.set()  # for the one who waits: it is over, or there is room
            outcomes = self._outcomes(claimed)
            if await self._bring(outcomes, len(claimed)):
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

    async def _outcomes(self, claimed: Sequence[Claimed]) -> AsyncIterator[list[Outcome]]:
        """Try all of them at the same time; gives their outcomes as they come."""
        told = [await self.deliveries.told(one.alert, one.language) for one in claimed]
        spans = self._spans(claimed, told) if recording() else {}
        async for some in self._try(claimed, told):
            for outcome in some if spans else ():
                spans[outcome.claimed.seq].end(carrier=outcome.carrier)
            yield some

    def _span(self, room: int) -> tuple[int, int]:
        """The next numbers to claim; none when there are none, or the carrier rests."""
        if room > 0 and not self._stopping and not self._held():
            if (behind := self._behind(room)) is not None:
                return behind
            if self.position < self.head and self._way.open:
                low, self.position = self.position, min(self.position + room, self.head)
                return low, self.position
        return 0, 0

    def _behind(self, room: int) -> tuple[int, int] | None:
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
        return low, high

    def _nap(self) -> float:
        if self.position < self.head:  # there is work: only the carrier is missing
            return min(max(self._way.rests, 0.02), LOOK)
        return LOOK

    async def _turn(self, outcomes: Sequence[Outcome], low: int, high: int) -> list[Claimed]:
        """Store and claim; a database that is away is tried again, for the outcomes are known to nobody else."""
        pause, span = 0.05, range(low + 1, high + 1)
        more = max(0, len(span) - len(outcomes))
        self._used += more
        self._open.update(span)
        while True:
            try:
                claimed = await self.deliveries.turn(self.number, outcomes, low, high, self.clock.now())
            except Transient:
                _log.warning("queue %s waits for the database", self.number)
                await asyncio.sleep(pause)
                pause = min(2 * pause, 1.0)
                continue
            self._used += len(claimed) - len(outcomes) - more
            self._close([*set(span).difference([one.seq for one in claimed]), *[one.claimed.seq for one in outcomes]])
            self._count(outcomes)
            return claimed

    def _close(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            if self._open[number] > 1:
                self._open[number] -= 1
            else:
                del self._open[number]

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

    async def _try(self, claimed: Sequence[Claimed], told: Sequence[Told]) -> AsyncIterator[list[Outcome]]:
        without, sent, what_of = [], [], []
        for one, what in zip(claimed, told, strict=True):
            if (outcome := self._without_try(one, what)) is None:
                sent.append(one)
                what_of.append(what)
            else:
                without.append(outcome)
        if without:
            yield without
        async for some in self._send(sent, what_of):
            yield some

    def _spans(self, claimed: Sequence[Claimed], told: Sequence[Told]) -> dict[int, Started]:
        return {
            one.seq: started(what.traceparent, metrics.SPAN_DELIVER, self._about(what))
            for one, what in zip(claimed, told, strict=True)
        }

    def _about(self, told: Told) -> dict[str, str]:
        """What a span tells: no name, no number."""
        return {"lane": self.lane.word, "channel": self.channel.value, "alert": str(told.id)}

    def _without_try(self, claimed: Claimed, told: Told) -> Outcome | None:
        """What becomes of a delivery whose carrier is down too long; None where it is tried."""
        if not self._way.given_up or claimed.called_off or told.expires_at <= self.clock.now():
            return None
        if self._way.has_other(claimed):
            return Outcome(claimed, Next(State.PLANNED, "carrier_down", reroute=True), told)
        return None if self._way.may_probe() else Outcome(claimed, GIVEN_BACK, told)

    async def _send(self, claimed: Sequence[Claimed], told: Sequence[Told]) -> AsyncIterator[list[Outcome]]:
        began, carrier = time.monotonic(), self.carriers[self.channel]
        async for tried in send_deliveries(claimed, told, carrier, self.clock.now(), self.times):
            if tried:
                _seconds(self.lane, self.channel).observe(time.monotonic() - began)
            self._way.rest(one.pause for one in tried if one.pause is not None)
            yield [one.outcome for one in tried]

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
            done = min([self._done(), *[seq - 1 for seq in self._open]])
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
