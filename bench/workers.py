"""Workers of one service: whole processes in one consumer group, who may be held to a share of their time."""

import asyncio
import re
import urllib.request
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import psutil

from launched import SERVICES, launched
from stack.home import LOOPBACK, Home

RUNS_FOR, STOPPED_FOR = 0.01, 0.02  # seconds: a rationed worker runs a third of the time
CONSUMED = re.compile(rb'^kentongan_events_consumed_total\{topic="([^"]+)"\} (\S+)', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Worker:
    """One process of the service, and where it tells its metrics."""

    process: psutil.Process
    http: str

    async def consumed(self, topic: str) -> float:
        """Events that it took from the topic since its start."""

        def read() -> bytes:
            with urllib.request.urlopen(f"http://{self.http}/metrics", timeout=5) as answer:
                told: bytes = answer.read()
                return told

        found = dict(CONSUMED.findall(await asyncio.to_thread(read)))
        return float(found.get(topic.encode(), 0))


@asynccontextmanager
async def workers(home: Home, service: str, count: int) -> AsyncIterator[list[Worker]]:
    """Run so many, each at addresses of its own, until the block ends."""
    async with AsyncExitStack() as opened:
        found = []
        for grpc in range(home.base + 60, home.base + 60 + 2 * count, 2):
            http = f"{LOOPBACK}:{grpc + 1}"
            aside = {"KENTONGAN_GRPC_ADDRESS": f"{LOOPBACK}:{grpc}", "KENTONGAN_HTTP_ADDRESS": http}
            process = await opened.enter_async_context(launched(home, SERVICES[service], **aside))
            found.append(Worker(process, http))
        yield found


@asynccontextmanager
async def at_will(all_of_them: Sequence[Worker]) -> AsyncIterator[None]:
    """Let the workers run as they like."""
    del all_of_them
    yield


@asynccontextmanager
async def rationed(all_of_them: Sequence[Worker]) -> AsyncIterator[None]:
    """Let each worker run a third of the time, one after another, until the block ends."""

    async def turns(number: int, process: psutil.Process) -> None:
        await asyncio.sleep(number * (RUNS_FOR + STOPPED_FOR) / len(all_of_them))
        try:
            while True:
                process.suspend()
                await asyncio.sleep(STOPPED_FOR)
                process.resume()
                await asyncio.sleep(RUNS_FOR)
        finally:
            process.resume()

    taking = [asyncio.create_task(turns(number, one.process)) for number, one in enumerate(all_of_them)]
    try:
        yield
    finally:
        for one in taking:
            one.cancel()
        await asyncio.wait(taking)
