"""One alert to 100,000 people as SMS: from the alert's raising to the last outcome stored.

Every delivery is a row before it is sent, its outcome and its event are committed after, the relay brings the events
to Kafka meanwhile. The sink is a process of its own. The alert's lane is a deployment of its own, where nothing takes
its CPU; for comparison all roles run in one process too. In the same run: a bare asyncio SMPP client with the same
texts and window, and Kannel with its spool where it is installed (Debian: kannel).
"""

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import psutil
from aiokafka import AIOKafkaConsumer

from chassis.kernel.alert import Lane
from chassis.testing.ports import free_port
from crowd import Bell, Crowd, nap
from kannel_peer import Kannel, installed
from launched import SERVICES, launched, prepare
from measure import RUNS, Values, both_servers, corner, cpu, last_line, middle, ratio, run, table
from notifier.config import ROLES
from raw_smpp import raw
from sms_sink import Carrier, sink
from stack.home import LOOPBACK, Home

PEOPLE = int(os.environ.get("KENTONGAN_BENCH_PEOPLE") or 100_000)
KANNEL_PEOPLE = min(PEOPLE, 30_000)
WINDOWS = tuple(map(int, (os.environ.get("KENTONGAN_BENCH_WINDOWS") or "10,50").split(",")))
PATIENCE = 300.0
WARM_UPS = 3
"""Runs before those that count: a broker's Java compiles itself meanwhile, which takes as much as all it does for the
first. It runs for months, and the peer is compiled.
"""
KANNEL: dict[
    str, tuple[str, int, bool]
] = {  # name: word of the last line, numbers a request, whether outcomes are told
    "Kannel with its spool": ("kannel", 1, False),
    "Kannel, outcomes told": ("kannel_told", 1, True),
    "Kannel, 200 numbers a request": ("kannel_200", 200, False),
}
GOAL, TIMES_KANNEL = 8_000, 2.0
LANE = "lane:urgent"
OTHER_ROLES = ",".join(sorted(ROLES - {LANE}))


class Bench:
    """What is measured, and what was."""

    def __init__(self, home: Home, crowd: Crowd, bell: Bell, carrier: Carrier) -> None:
        self._home, self._crowd, self._bell, self._carrier = home, crowd, bell, carrier
        self.values: dict[str, list[float]] = {}
        self.used: dict[str, list[float]] = {}

    async def window(self, window: int, *, apart: bool, peer: Kannel | None = None) -> None:
        """Ours, the bare client and the peer in turns."""
        url = f"smpp://bench:bench@{LOOPBACK}:{self._carrier.port}?window={window}&reserve=0"
        given = {"KENTONGAN_SMPP_URL": url, "KENTONGAN_NOTIFIER_WINDOW": str(window)}
        name = f"window {window}" if apart else f"window {window}, one process"
        async with self._notifier(given, apart=apart) as ours:
            parts = {**ours, **both_servers(self._home), "sink": self._carrier.watched}
            for _ in range(WARM_UPS):
                await once(self._crowd, self._bell, self._carrier)
            for _ in range(RUNS):
                await settled()
                before = {part: cpu(process) for part, process in parts.items()}
                rate = await once(self._crowd, self._bell, self._carrier)
                spent = {part: (cpu(process) - before[part]) / PEOPLE * 1e6 for part, process in parts.items()}
                seen = {f"ours, {name}": rate}
                seen[f"bare client, window {window}"] = PEOPLE / await raw(self._carrier.port, PEOPLE, window)
                if peer is not None:
                    seen |= await self._kannel(peer)
                for what, each in seen.items():
                    self.values.setdefault(what, []).append(each)
                for part, each in spent.items():
                    self.used.setdefault(f"{name}: {part}", []).append(each)

    @asynccontextmanager
    async def _notifier(self, given: Mapping[str, str], *, apart: bool) -> AsyncIterator[dict[str, psutil.Process]]:
        """One process with all roles, or the alert's lane apart."""
        service = SERVICES["notifier"]
        if not apart:
            async with launched(self._home, service, **given) as whole:
                yield {"notifier": whole}
            return
        addresses = [f"{LOOPBACK}:{free_port()}" for _ in range(2)]
        own = dict(zip(("KENTONGAN_GRPC_ADDRESS", "KENTONGAN_HTTP_ADDRESS"), addresses, strict=True))
        others = {**given, "KENTONGAN_NOTIFIER_ROLES": OTHER_ROLES}
        async with (
            launched(self._home, service, **others) as rest,
            launched(self._home, service, **given, **own, KENTONGAN_NOTIFIER_ROLES=LANE) as lane,
        ):
            yield {"notifier's lane": lane, "the other roles": rest}

    async def _kannel(self, peer: Kannel) -> dict[str, float]:
        """The peer's rate of each kind; ours is idle meanwhile."""
        rates = {}
        for name, (_, together, told) in KANNEL.items():
            await settled()
            rates[name] = await peer.rate(KANNEL_PEOPLE, self._carrier, together, told=told)
        return rates


async def settled() -> None:
    """Nobody pays for what the one before left to be written to the disk."""
    await asyncio.to_thread(os.sync)


@asynccontextmanager
async def kannel(carrier: Carrier) -> AsyncIterator[Kannel | None]:
    """The peer, where it is installed."""
    if not installed() or os.environ.get("KENTONGAN_BENCH_NO_KANNEL"):
        print("Kannel is not installed (Debian: apt-get install kannel): no peer in this run")
        yield None
        return
    async with Kannel(carrier.port, WINDOWS[-1]) as peer:
        yield peer


async def main() -> None:
    """Measure."""
    async with corner() as at, sink() as carrier, Bell(at, at.home) as bell, asyncio.timeout(3000):
        await prepare(at.home)
        crowd = Crowd(at.home)
        await crowd.clear()
        await crowd.settle(PEOPLE)
        bench = Bench(at.home, crowd, bell, carrier)
        for window in WINDOWS[:-1]:
            await bench.window(window, apart=True)
        async with kannel(carrier) as peer:
            await bench.window(WINDOWS[-1], apart=True, peer=peer)
        await bench.window(WINDOWS[-1], apart=False)
        events = await relayed(at.kafka.broker.client())
        alone = await alone_rate(carrier.port)
    tell(bench, events, alone)


def tell(bench: Bench, events: int, alone: float) -> None:
    """Print the tables and the last line."""
    values = bench.values
    table(f"fanout: one alert to {PEOPLE:,} people by SMS, raised to last outcome", values, "deliveries a second")
    table("CPU of a delivery", bench.used, "us")
    print(f"\nthe sink alone takes {alone:,.0f} a second; {events:,} events stand on the delivery topic")
    ours, bare = middle(values, "ours, window 50"), middle(values, "bare client, window 50")
    more: dict[str, float | str] = {"goal": GOAL, "goal_times_kannel": TIMES_KANNEL, **_small_window(values)}
    more["one_process"] = round(middle(values, "ours, window 50, one process"))
    for name, (word, _, _) in KANNEL.items():
        if name in values:
            times = ratio(values, "ours, window 50", name)
            more |= {word: round(middle(values, name)), f"times_{word}": round(times, 2)}
    last_line("fanout", ours, bare, ours / bare, "deliveries/s at window 50", **more)


def _small_window(values: Values) -> dict[str, float]:
    return {"window_10": round(middle(values, "ours, window 10"))} if WINDOWS[0] == 10 else {}


async def once(crowd: Crowd, bell: Bell, carrier: Carrier) -> float:
    """Deliveries a second of one alert to everybody."""
    await crowd.forget_alerts()
    await carrier.ask("reset")
    alert = crowd.alert(Lane.URGENT, "B7QA8")
    began = await bell.ring(alert)
    # The database is asked at the end only: to count is work.
    while (seen := await carrier.ask("counts"))["taken"] < PEOPLE and time.monotonic() - began < PATIENCE:  # noqa: ASYNC110 - another process counts
        await asyncio.sleep(nap(PEOPLE - seen["taken"], 0.25))
    ended = await crowd.finished(alert.id, PEOPLE, PATIENCE)
    if seen["taken"] != PEOPLE:
        raise RuntimeError(f"{seen['taken']} of {PEOPLE} messages were on the air")
    return PEOPLE / (ended - began)


async def relayed(client: dict[str, object]) -> int:
    """How many facts of deliveries Kafka holds."""
    reader = AIOKafkaConsumer(**client)
    await reader.start()
    try:
        topic = "kentongan.notifier.delivery.v1"
        await reader._client.force_metadata_update()  # noqa: SLF001 - the metadata of a topic that nobody reads
        reader.subscribe([topic])
        await reader.getmany(timeout_ms=2000)
        ends = await reader.end_offsets(reader.assignment())
        return sum(ends.values())
    finally:
        await reader.stop()


async def alone_rate(port: int, messages: int = 200_000) -> float:
    """Messages a second that the sink takes from a bare socket."""
    return await asyncio.to_thread(_pour, port, messages)


def _pour(port: int, messages: int) -> float:
    from sms_sink import HEADER, SUBMIT  # noqa: PLC0415 - what is poured is the sink's own form

    pdu = HEADER.pack(HEADER.size + 150, SUBMIT, 0, 1) + b"x" * 150
    with socket.create_connection((LOOPBACK, port)) as line:
        began = time.perf_counter()
        for _ in range(messages // 1000):
            line.sendall(pdu * 1000)
            line.recv(1 << 20)
        line.shutdown(socket.SHUT_WR)
        while line.recv(1 << 20):
            pass
        return messages / (time.perf_counter() - began)


if __name__ == "__main__":
    run(main)
