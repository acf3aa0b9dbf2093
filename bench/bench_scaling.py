"""Two workers of one service against one: events a second by whole processes, and what the cores had to give.

The workers are Destana's processes as the stack runs them: one consumer group, a topic of four partitions, an outbox
that one of the two empties. A backlog of answers (acknowledgements.py) is put on the topic while a lock keeps them
from their inbox; a run begins when the lock is let go and ends when all is committed and told on Kafka.

With cores enough two workers do twice what one does. Here Kafka, PostgreSQL and workers share them: where one worker
with all that its events cost the others keeps U of C cores busy, no number of workers does more than C / U times as
much. Rationed, each worker runs a third of the time and no more: then cores are left, and what keeps two from twice
as much is their own (locks, waiting for each other, shares that differ).
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from statistics import median
from typing import Any

from acknowledgements import AGAIN, SERVICE, TOPIC, Record, Story
from cores import Busy, watched
from launched import prepare
from measure import Corner, both_servers, corner, cpu, in_turns, last_line, ratio, run, table
from stack import database
from workers import Worker, at_will, rationed, workers

EVENTS, FEW, WARM = 6000, 2400, 600  # of a run, of a rationed one, before each
LIMIT, GOAL = 2.0, 1.8
LOOK = 0.02  # seconds between two looks at what is left
LEFT = "select (select count(*) from inbox) < $1 or exists(select from outbox)"
DONE = "select (select count(*) from inbox), (select sum(version) from incident)"
WORKERS = "workers"
ONE, TWO, ONE_RATIONED, TWO_RATIONED = "one", "two", "one, rationed", "two, rationed"

Pace = Callable[[list[Worker]], AbstractAsyncContextManager[None]]
Rows = dict[str, list[float]]


class Bench:
    """The same answers again and again, by one worker or two; the database is put back before each run."""

    def __init__(self, at: Corner, opened: Any, records: list[Record]) -> None:
        self._at, self._database, self._records = at, opened, records
        self.busy: dict[str, list[Busy]] = {}
        self.shares: Rows = {}

    def by(self, count: int, events: int, kind: str, pace: Pace) -> Callable[[], Awaitable[float]]:
        """Give a run of so many events by `count` workers: events a second."""

        async def once() -> float:
            async with workers(self._at.home, SERVICE, count) as found:
                await self._do(WARM, found)
                before = [(await one.consumed(TOPIC), cpu(one.process)) for one in found]
                async with pace(found):
                    busy = await self._do(events, found)
                after = [(await one.consumed(TOPIC), cpu(one.process)) for one in found]
            did = [(now[0] - was[0], now[1] - was[1]) for now, was in zip(after, before, strict=True)]
            taken, spent = zip(*did, strict=True)
            self.busy.setdefault(kind, []).append(busy)
            if count > 1:
                self.shares.setdefault(f"{kind}: of the events", []).append(max(taken) / sum(taken) * 100)
                self.shares.setdefault(f"{kind}: of the CPU", []).append(max(spent) / sum(spent) * 100)
            return events / busy.seconds

        return once

    async def _do(self, events: int, found: list[Worker]) -> Busy:
        """Let the workers do so many events at once, and tell what was busy meanwhile."""
        await self._database.execute(AGAIN)
        parts = {WORKERS: [one.process for one in found]}
        parts |= {name: [one] for name, one in both_servers(self._at.home).items()}
        async with self._database.transaction():
            await self._database.execute("lock table inbox in share row exclusive mode")
            await self._at.fill(TOPIC, self._records[:events])
        with watched(parts) as busy:
            while await self._database.fetchval(LEFT, events):  # noqa: ASYNC110 - other processes do it
                await asyncio.sleep(LOOK)
        done = tuple(await self._database.fetchrow(DONE))
        if done != (events, EVENTS + events):
            raise RuntimeError(f"not the same work: {done} instead of {(events, EVENTS + events)}")
        return busy

    def runs(self) -> dict[str, Callable[[], Awaitable[float]]]:
        """What runs in turns."""
        return {
            ONE: self.by(1, EVENTS, ONE, at_will),
            TWO: self.by(2, EVENTS, TWO, at_will),
            ONE_RATIONED: self.by(1, FEW, ONE_RATIONED, rationed),
            TWO_RATIONED: self.by(2, FEW, TWO_RATIONED, rationed),
        }


async def main() -> None:
    """Measure."""
    async with corner() as at, asyncio.timeout(1200):
        at.kafka.prefix = ""  # the service's own topics
        await prepare(at.home)
        opened = await database.connect(at.home, SERVICE)
        await opened.execute("drop table if exists kept; truncate inbox, outbox, draft, incident")
        key = bytes.fromhex((at.home.secrets / f"sealing-{SERVICE}.pub").read_text().strip())
        bench = Bench(at, opened, await Story(EVENTS, key).tell(opened))
        values = await in_turns(bench.runs())
        await opened.close()
    tell(values, bench.shares, {kind: runs[1:] for kind, runs in bench.busy.items()})


def tell(values: Rows, shares: Rows, busy: dict[str, list[Busy]]) -> None:
    """Print the tables and the last line: how far two get of what the cores let them."""
    table("scaling: answers by workers of one service", values, "events/s")
    for kind, runs in busy.items():
        cores = {part: [one.cores(part) for one in runs] for part in runs[0].used}
        table(f"busy, {kind}", cores, "cores")
    each = {
        kind: [rate / one.cores(WORKERS) for rate, one in zip(values[kind], runs, strict=True)]
        for kind, runs in busy.items()
    }
    table("for a CPU second of the workers", each, "events")
    table("the larger share of two workers", shares, "%")
    most, free = (min(LIMIT, median(one.room for one in busy[kind])) for kind in (ONE, ONE_RATIONED))
    got, apart = ratio(values, TWO, ONE), ratio(values, TWO_RATIONED, ONE_RATIONED)
    print(f"\ntwo / one: {got:.2f}, of {most:.2f} that the cores allow: {got / most:.2f} (goal {GOAL / LIMIT})")
    print(f"a third of a core each: {apart:.2f}, of {free:.2f}: {apart / free:.2f}")
    more = {
        "goal": GOAL / LIMIT,
        "with_cores_enough": LIMIT,
        "rationed": round(apart, 3),
        "rationed_limit": round(free, 3),
    }
    last_line("scaling", got, most, got / most, "times what one does", **more)


if __name__ == "__main__":
    run(main)
