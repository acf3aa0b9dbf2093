"""A queue that is walked: the window is kept and used, whatever the carrier does, and nothing is lost."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.kernel.clock import SystemClock
from chassis.kernel.errors import Transient
from chassis.testing.until import until
from notifier.application.carrier_errors import Scope, Throttled, Unreachable
from notifier.application.carriers import Channel
from notifier.application.consequences import Times
from notifier.application.outgoing import Accepted, Outgoing
from notifier.application.ports import Claimed, Outcome, Told
from notifier.domain.delivery import State
from notifier.domain.lane import Lane, queue_of
from notifier.domain.template import Rendered
from notifier.entrypoints.slots import Shape
from notifier.entrypoints.walking import MARK, Queue

HOUR = timedelta(hours=1)
NUMBER = queue_of(Lane.URGENT, Channel.SMS)


class Rows:
    """`Deliveries` in memory; it refuses what a database would not have."""

    lane = Lane.URGENT

    def __init__(self, count: int, window: int, chance: random.Random | None = None) -> None:
        self.count, self.window, self._chance = count, window, chance or random.Random(1)  # noqa: S311 - no secret
        self.states = dict.fromkeys(range(1, count + 1), State.PLANNED)
        self.ended: Counter[int] = Counter()
        self.tail, self.most, self.fails = 0, 0, 0.0
        self._told = Told(
            uuid4(), uuid4(), "t", self.lane, Rendered("Siap", (), None, ()), SystemClock().now() + HOUR, None, ""
        )
        self._news = asyncio.Event()

    def news(self, _: int) -> asyncio.Event:
        return self._news

    async def recover(self, _: int, __: datetime) -> int:
        return 0

    async def head(self, _: int) -> int:
        return self.count

    async def turn(self, _: int, outcomes: Sequence[Outcome], span: range, __: datetime) -> list[Claimed]:
        await asyncio.sleep(0.001 * self._chance.random())
        if self._chance.random() < self.fails:
            raise Transient("away")
        for outcome in outcomes:
            seq = outcome.claimed.seq
            assert self.states[seq] is State.SENDING, "stored twice, or never claimed"
            self.states[seq] = State.FAILED if outcome.next.reroute else outcome.next.state  # here it is over with it
            self.ended[seq] += self.states[seq] is not State.PLANNED
        claimed = [seq for seq in span if self.states[seq] is State.PLANNED]
        for seq in claimed:
            self.states[seq] = State.SENDING
        self.most = max(self.most, list(self.states.values()).count(State.SENDING))
        await asyncio.sleep(0.001 * self._chance.random())
        return [
            Claimed(
                UUID(int=seq), seq, self._told.id, UUID(int=seq), frozenset(), 0, (), f"+62{seq}", "", None, False
            )
            for seq in claimed
        ]

    async def fire_due(self, _: int, __: datetime) -> int:
        return 0

    async def mark(self, _: int, tail: int) -> None:
        assert all(self.states[seq] not in {State.PLANNED, State.SENDING} for seq in range(1, tail + 1))
        self.tail = tail

    async def told(self, _: UUID, __: str = "id") -> Told:
        return self._told


class Taker:
    """A carrier that does with each number what it is told."""

    name, channel, up = "taker", Channel.SMS, True

    def __init__(self, does: Callable[[int], Any]) -> None:
        self._does = does
        self.got: Counter[int] = Counter()

    def cost(self, _: Outgoing) -> int:
        return 1

    async def submit(self, outgoing: Outgoing) -> Accepted:
        number = int(outgoing.to.removeprefix("+62"))
        self.got[number] += 1
        await self._does(number)
        return Accepted((f"{number}",))


@asynccontextmanager
async def walked(rows: Rows, taker: Taker) -> AsyncIterator[Queue]:
    carriers: Any = dict.fromkeys(Channel, taker)
    deliveries: Any = rows
    queue = Queue(NUMBER, deliveries, carriers, SystemClock(), Times(HOUR, HOUR), asyncio.Event(), Shape(rows.window))
    task = asyncio.create_task(queue.run())
    yield queue
    queue.drain()
    async with asyncio.timeout(5):
        await task


@pytest.mark.parametrize("window", [1, 2, 5, 50])
async def test_who_is_not_answered_holds_up_nobody_but_itself(window: int) -> None:
    """Every tenth of the first hundred, one less than there are slots, is answered when all others are long done."""
    answered = asyncio.Event()
    late = set(range(10, 101, 10)[: window - 1])

    async def does(number: int) -> None:
        if number in late:
            await answered.wait()

    rows = Rows(400, window)
    taker = Taker(does)
    async with walked(rows, taker):
        await until(lambda: rows.ended.total() == 400 - len(late))
        assert rows.most <= window
        if late:
            await asyncio.sleep(MARK + 0.1)
            assert rows.tail < min(late), "a start would not see what is on the air"
        answered.set()
        await until(lambda: rows.ended.total() == 400)
    assert set(rows.states.values()) == {State.SENT}
    assert set(taker.got.values()) == {1}


async def test_no_more_than_the_window_is_claimed_of_a_carrier_that_says_nothing() -> None:
    answered = asyncio.Event()
    rows = Rows(100, 7)
    taker = Taker(lambda _: answered.wait())
    async with walked(rows, taker):
        await until(lambda: rows.most == 7)
        await asyncio.sleep(0.3)
        assert (rows.most, taker.got.total()) == (7, 7)
        answered.set()
        await until(lambda: rows.ended.total() == 100)
    assert rows.most == 7


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_happens_each_ends_once_and_the_window_is_kept(seed: int) -> None:
    """Late answers, refusals, rests that give messages back, a database that is away now and then."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    fate = {number: chance.choice(["soon", "soon", "soon", "late", "bad", "rest"]) for number in range(1, 151)}
    rested: set[int] = set()

    async def does(number: int) -> None:
        await asyncio.sleep(0.12 * chance.random() if fate[number] == "late" else 0.002 * chance.random())
        if fate[number] == "bad":
            raise Unreachable("bad_number")
        if fate[number] == "rest" and number not in rested:
            rested.add(number)
            raise Throttled(timedelta(seconds=0.01), scope=Scope.CARRIER)

    rows = Rows(150, chance.choice([1, 2, 3, 10, 50]), chance)
    rows.fails = 0.05
    taker = Taker(does)
    async with walked(rows, taker):
        await until(lambda: rows.ended.total() == 150)
    assert set(rows.ended.values()) == {1}
    assert rows.most <= rows.window
    for number, times in taker.got.items():
        assert times == 1 + (fate[number] == "rest")


async def test_who_stops_waits_for_what_is_on_the_air() -> None:
    answered = asyncio.Event()
    rows = Rows(100, 10)
    async with walked(rows, Taker(lambda _: answered.wait())) as queue:
        await until(lambda: rows.most == 10)
        queue.drain()
        await asyncio.sleep(0.2)
        answered.set()
    assert Counter(rows.states.values()) == {State.SENT: 10, State.PLANNED: 90}
