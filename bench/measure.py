"""What all benches share: servers of their own, runs in turns, the table and the last line.

KENTONGAN_BENCH_HOME names a folder whose broker and database stay between benches, which saves some seconds each.
"""

import asyncio
import json
import os
import statistics
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import psutil
import uvloop
from aiokafka import AIOKafkaProducer

from chassis.testing.kafka import Broker, Kafka
from chassis.testing.postgres import Databases
from stack import for_tests, records
from stack.home import CHECKOUT, Home

RUNS = int(os.environ.get("KENTONGAN_BENCH_RUNS", "5"))
T = TypeVar("T")

Run = Callable[[], Awaitable[float]]
Values = Mapping[str, Sequence[float]]


@contextmanager
def servers() -> Iterator[Home]:
    """Give a broker and a database, secured and durable as in the stack, on ports of their own."""
    kept = os.environ.get("KENTONGAN_BENCH_HOME")
    root = Path(kept) if kept else for_tests.new_root()
    try:
        yield for_tests.ensure(root, os.getpid())
    finally:
        if not kept:
            for_tests.end(root)


@dataclass(slots=True)
class Corner:
    """A bench's own topics and databases on its servers."""

    home: Home
    kafka: Kafka
    databases: Databases

    async def fill(self, topic: str, records: Sequence[tuple[bytes, bytes, list[tuple[str, bytes]]]]) -> None:
        """Put records (key, value, headers) on a topic."""
        async with AIOKafkaProducer(**self.kafka.broker.client(), linger_ms=5) as writer:
            name = self.kafka.name(topic)
            for start in range(0, len(records), 1000):
                some = records[start : start + 1000]
                await asyncio.gather(
                    *[await writer.send(name, value, key=key, headers=headers) for key, value, headers in some]
                )

    def migrations(self, service: str) -> Path:
        """The folder of a service's tables."""
        return CHECKOUT / "services" / service / "migrations"


@asynccontextmanager
async def corner() -> AsyncIterator[Corner]:
    """Give a corner on servers that end with it."""
    started = servers()
    home = await asyncio.to_thread(started.__enter__)  # it runs a loop of its own
    try:
        broker = Broker(home.address("kafka"), home.secrets / "ca.pem", home.secrets)
        admin = await asyncio.to_thread(broker.admin)
        made = Corner(home, Kafka(broker, admin), Databases(home.address("postgres"), home.secrets))
        try:
            yield made
        finally:
            await made.kafka.close()
            await made.databases.close()
            admin.close()
    finally:
        await asyncio.to_thread(started.__exit__, None, None, None)


def both_servers(home: Home) -> dict[str, psutil.Process]:
    """The broker and the database."""
    found = {name: records.running(home.run / f"{name}.pid") for name in ("kafka", "postgres")}
    return {name: process for name, process in found.items() if process is not None}


def run(main: Callable[[], Awaitable[None]]) -> None:
    """Run a bench as the services run: on uvloop."""

    async def whole() -> None:
        await main()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(whole())


async def in_turns(kinds: Mapping[str, Run], runs: int = RUNS) -> dict[str, list[float]]:
    """Run each kind once to warm up, then all of them in turns; the order changes from turn to turn."""
    for one in kinds.values():
        await one()
    values: dict[str, list[float]] = {name: [] for name in kinds}
    for turn in range(runs):
        names = list(kinds)
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            values[name].append(await kinds[name]())
    return values


def ratio(values: Values, ours: str, limit: str) -> float:
    """The median of the ratios of runs that stood next to each other: a machine's mood is in both."""
    return statistics.median(a / b for a, b in zip(values[ours], values[limit], strict=True))


def middle(values: Values, name: str) -> float:
    """The median of a row."""
    return statistics.median(values[name])


def at_share(values: list[float], share: float) -> float:
    """A percentile of sorted values."""
    return values[min(len(values) - 1, int(len(values) * share))]


def table(title: str, values: Values, unit: str) -> None:
    """Print each row's median, smallest and largest."""
    load = " ".join(f"{one:.1f}" for one in os.getloadavg()[:2])
    print(f"\n{title}  ({unit}; {os.cpu_count()} cores, load {load})")
    print(f"  {'':34} {'median':>12} {'least':>12} {'most':>12} {'runs':>5}")
    for name, each in values.items():
        if each:
            shown = f"{statistics.median(each):12,.2f} {min(each):12,.2f} {max(each):12,.2f} {len(each):5}"
            print(f"  {name:34} {shown}")


def last_line(bench: str, ours: float, limit: float, ratio: float, unit: str, **more: Any) -> None:
    """Print the one JSON object that a machine reads."""
    rounded = {"ours": round(ours, 3), "limit": round(limit, 3), "ratio": round(ratio, 3)}
    print(json.dumps({"bench": bench, **rounded, "unit": unit, **more}), flush=True)


def cpu(*processes: psutil.Process) -> float:
    """Give the CPU seconds that the processes used so far, their children's included."""
    return sum(_used(one) for one in processes)


def _used(process: psutil.Process) -> float:
    while True:
        times = process.cpu_times()
        ended = times.children_user + times.children_system
        try:
            living = [each.cpu_times() for each in process.children(recursive=True)]
        except psutil.NoSuchProcess:  # one ended while we looked: it is counted with those that ended
            continue
        return times.user + times.system + ended + sum(one.user + one.system for one in living)
