"""Life-safety beside a routine flood: from an alert's raising to `submit_sm`, for one person at a time.

Alternately with nothing else to do, and while routine messages wait in their tens of thousands behind a carrier that
takes 100 a second; then, reported, while routine goes at full speed; then behind a carrier that takes 50 a second and
refuses what comes beyond: how much of its rate is used, what it refuses, and how life-safety fares.
"""

import asyncio
import os
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psutil

from chassis.kernel.alert import Lane
from chassis.kernel.codes import ALPHABET
from crowd import Bell, Crowd
from launched import SERVICES, launched, prepare
from measure import RUNS, Corner, at_share, corner, last_line, middle, run, table
from sms_sink import Carrier, sink
from stack import database
from stack.home import LOOPBACK, Home

PEOPLE = int(os.environ.get("KENTONGAN_BENCH_PEOPLE") or 100_000)
PROBES, PAUSE = 60, 0.1  # alerts of one run, seconds between them
PACE, THROTTLED = 100, 50
THROTTLED_FOR = 20.0
GOAL, FULL_SPEED_GOAL = 1.5, 250.0
GUARD, GUARDED = "bpbd_duty", "33.17"


class Bench:
    """One notifier, one carrier."""

    def __init__(self, home: Home, crowd: Crowd, bell: Bell) -> None:
        self._home, self._crowd, self._bell = home, crowd, bell
        self.values: dict[str, list[float]] = {}

    @asynccontextmanager
    async def notifier(self, carrier: Carrier, rate: float) -> AsyncIterator[psutil.Process]:
        """A notifier before the carrier, paced at `rate` (0: not)."""
        url = f"smpp://bench:bench@{LOOPBACK}:{carrier.port}?window=50&rate={rate:g}"
        given = {"KENTONGAN_SMPP_URL": url, "KENTONGAN_QUIET_HOURS": "off", "KENTONGAN_ROUTINE_PER_DAY": "off"}
        async with launched(self._home, SERVICES["notifier"], **given) as process:
            yield process

    async def flood(self, planned: int = PEOPLE) -> None:
        """Raise one routine alert for everybody, and wait until so many of its deliveries are there."""
        alert = self._crowd.alert(Lane.ROUTINE, "BTTTT")
        await self._bell.ring(alert)
        connection = await database.connect(self._home, "notifier")
        while await connection.fetchval("select count(*) from delivery where alert = $1", alert.id) < planned:  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0.05)
        await connection.close()

    async def probe(self, name: str, carrier: Carrier) -> float:
        """p99 in milliseconds of alerts to the one on duty."""
        rang: dict[str, float] = {}
        for _ in range(PROBES):
            code = "B" + "".join(secrets.choice(ALPHABET) for _ in range(4))
            rang[code] = await self._bell.ring(self._crowd.alert(Lane.LIFE_SAFETY, code, role=GUARD, place=GUARDED))
            await asyncio.sleep(PAUSE)
        give_up = time.monotonic() + 30
        while not rang.keys() <= (seen := (await carrier.ask())["seen"]).keys():
            if time.monotonic() > give_up:
                raise RuntimeError(f"{len(rang.keys() - seen.keys())} of {PROBES} warnings did not come")
            await asyncio.sleep(0.1)
        took = sorted((seen[code][0] - began) * 1e3 for code, began in rang.items())
        for word, share in (("p50", 0.5), ("p99", 0.99)):
            self.values.setdefault(f"{name}, {word}", []).append(at_share(took, share))
        return at_share(took, 0.99)

    async def paced(self) -> None:
        """Idle and behind a paced carrier, in turns of one process."""
        async with sink() as carrier, self.notifier(carrier, PACE):
            await self.probe("warm", carrier)
            for _ in range(RUNS):
                await self._crowd.forget_alerts()
                await self.probe("idle", carrier)
                await self.flood()
                await self.probe(f"routine waits, {PACE} a second", carrier)

    async def full_speed(self) -> None:
        """Routine as fast as it goes."""
        async with sink() as carrier, self.notifier(carrier, 0):
            for _ in range(RUNS):
                await self._crowd.forget_alerts()
                await self.flood(PEOPLE // 2)
                await self.probe("routine at full speed", carrier)

    async def throttled(self) -> tuple[float, int]:
        """Share of a refusing carrier's rate that is used, and how much it refused."""
        async with sink(THROTTLED) as carrier, self.notifier(carrier, THROTTLED):
            await self._crowd.forget_alerts()
            await self.flood()
            before = await carrier.ask()
            began = time.monotonic()
            await self.probe(f"routine waits, {THROTTLED} a second and no more", carrier)
            await asyncio.sleep(max(0.0, THROTTLED_FOR - (time.monotonic() - began)))
            after = await carrier.ask()
            seconds = time.monotonic() - began  # before all is stopped, which takes its time
        return (after["taken"] - before["taken"]) / seconds / THROTTLED, after["refused"]


async def main() -> None:
    """Measure."""
    async with corner() as at, Bell(at, at.home) as bell, asyncio.timeout(2000):
        bench = await settled(at, bell)
        await bench.paced()
        await bench.full_speed()
        used, refused = await bench.throttled()
    values = {name: each for name, each in bench.values.items() if not name.startswith("warm")}
    table(f"isolation: a life-safety alert raised to submit_sm, {PEOPLE:,} routine ones beside it", values, "ms")
    print(f"\na carrier of {THROTTLED} a second: {used:.1%} of its rate used, {refused} messages refused by it")
    ours, idle = middle(values, f"routine waits, {PACE} a second, p99"), middle(values, "idle, p99")
    full = middle(values, "routine at full speed, p99")
    more = {"goal": GOAL, "full_speed": round(full, 1), "goal_full_speed": FULL_SPEED_GOAL}
    last_line("isolation", ours, idle, ours / idle, "ms at p99", **more, rate_used=round(used, 3), refused=refused)


async def settled(at: Corner, bell: Bell) -> Bench:
    """People to flood, and one to warn."""
    await prepare(at.home)
    crowd = Crowd(at.home)
    await crowd.clear()
    await crowd.settle(PEOPLE)
    await crowd.settle(1, first=PEOPLE, role=GUARD, place=GUARDED)
    return Bench(at.home, crowd, bell)


if __name__ == "__main__":
    run(main)
