"""What a delivery costs when an alert goes to 1,000 people, and to ten, a hundred and a thousand times as many.

One process does all: it plans, sends and tells. Everybody stands in one table of contacts, each crowd in a village of
its own, so that only the audience grows. Small alerts are raised several times in a run: a thousand deliveries alone
are too few to measure. The time counts until the outcome is stored and told on Kafka.

KENTONGAN_BENCH_MOST (100000) is the largest crowd: 1000000 takes minutes to settle.
"""

import asyncio
import os
import statistics
from dataclasses import dataclass, field
from typing import Self

import psutil

from chassis.kernel.alert import Lane
from crowd import Bell, Crowd
from launched import SERVICES, launched, prepare
from measure import RUNS, both_servers, corner, cpu, last_line, run, table
from sms_sink import Carrier, sink
from stack import database
from stack.home import LOOPBACK, Home

MOST = int(os.environ.get("KENTONGAN_BENCH_MOST") or 100_000)
SIZES = [size for size in (1_000, 10_000, 100_000, 1_000_000) if size <= MOST]
TOGETHER = 10_000  # deliveries of a run at least
WINDOW = 50
PATIENCE = 1800.0  # seconds for the largest
LOOK = 0.05  # seconds between two looks at the memory
GOAL = 1.1


@dataclass(slots=True)
class Peak:
    """The most memory that a process held, looked at now and then."""

    process: psutil.Process
    most: int = 0
    _task: asyncio.Task[None] | None = field(default=None)

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._watch())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _watch(self) -> None:
        while True:
            self.most = max(self.most, self.process.memory_info().rss)
            await asyncio.sleep(LOOK)


class Bench:
    """Crowds of each size, and what their deliveries cost."""

    def __init__(self, home: Home, crowd: Crowd, bell: Bell, carrier: Carrier) -> None:
        self._home, self._crowd, self._bell, self._carrier = home, crowd, bell, carrier
        self.cpu: dict[str, list[float]] = {}
        self.memory: dict[str, list[float]] = {}

    async def settle(self) -> None:
        """Let each crowd live in its village."""
        first = 0
        for size in SIZES:
            for batch in range(0, size, 50_000):
                count = min(50_000, size - batch)
                await self._crowd.settle(count, first=first, place=_village(size))
                first += count

    async def once(self, notifier: psutil.Process, size: int, *, keep: bool) -> None:
        """Raise an alert to a crowd, or several; keep what they cost."""
        await self._crowd.forget_alerts()
        await self._carrier.ask("reset")
        alerts = max(1, TOGETHER // size)
        parts = {"notifier": notifier, **both_servers(self._home)}
        before = {part: cpu(process) for part, process in parts.items()}
        async with Peak(notifier) as peak:
            for _ in range(alerts):
                alert = self._crowd.alert(Lane.URGENT, "B7QA8", place=_village(size))
                await self._bell.ring(alert)
                await self._crowd.finished(alert.id, size, PATIENCE)
            await self._told()
        if keep:
            for part, process in parts.items():
                spent = (cpu(process) - before[part]) / (alerts * size) * 1e6
                self.cpu.setdefault(f"{part}, {size:,} people", []).append(spent)
            self.memory.setdefault(f"notifier, {size:,} people", []).append(peak.most / 1e6)
        seen = await self._carrier.ask()
        if seen["taken"] != alerts * size:
            raise RuntimeError(f"{seen['taken']} of {alerts * size} messages were on the air")

    async def _told(self) -> None:
        connection = await database.connect(self._home, "notifier")
        while await connection.fetchval("select exists(select from outbox)"):  # noqa: ASYNC110 - another process empties it
            await asyncio.sleep(0.1)
        await connection.close()


def _village(size: int) -> str:
    return f"33.17.12.{2001 + SIZES.index(size)}"


async def main() -> None:
    """Measure."""
    async with corner() as at, sink() as carrier, Bell(at, at.home) as bell, asyncio.timeout(7200):
        await prepare(at.home)
        crowd = Crowd(at.home)
        await crowd.clear()
        bench = Bench(at.home, crowd, bell, carrier)
        await bench.settle()
        url = f"smpp://bench:bench@{LOOPBACK}:{carrier.port}?window={WINDOW}&reserve=0"
        async with launched(at.home, SERVICES["notifier"], KENTONGAN_SMPP_URL=url) as notifier:
            await bench.once(notifier, SIZES[-1], keep=False)  # the largest warms everything up
            for _ in range(RUNS):
                for size in SIZES:
                    await bench.once(notifier, size, keep=True)
    table("growth: CPU of a delivery", bench.cpu, "us")
    table("growth: peak resident memory", bench.memory, "MB")
    tell(bench)


def tell(bench: Bench) -> None:
    """Print the last line: the largest crowd's cost over the smallest's."""
    costs = {size: statistics.median(bench.cpu[f"notifier, {size:,} people"]) for size in SIZES}
    memory = {size: statistics.median(bench.memory[f"notifier, {size:,} people"]) for size in SIZES}
    more = {
        "goal": GOAL,
        "memory_ratio": round(max(memory.values()) / min(memory.values()), 3),
        "cpu_us": {str(size): round(cost, 1) for size, cost in costs.items()},
        "memory_mb": {str(size): round(most) for size, most in memory.items()},
    }
    largest, smallest = costs[SIZES[-1]], costs[SIZES[0]]
    last_line("growth", largest, smallest, largest / smallest, "us of CPU a delivery", **more)


if __name__ == "__main__":
    run(main)
