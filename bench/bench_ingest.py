"""Durable commands a second over gRPC at a client concurrency of 64, against the same server with an empty handler.

The command is Destana's AcknowledgeIncident: idempotent, it finds an incident by its code, locks and changes it, and
writes a fact to the outbox, which the same process sends to Kafka meanwhile. Both servers are whole processes with
TLS, token, roles and contract checked; the client is a process of its own (this one).

`bench_ingest.py serve` is the server with the empty handler.
"""

import asyncio
import random
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import psutil

from chassis.kernel.codes import ALPHABET
from chassis.process import Process
from chassis.process import run as run_process
from destana.config import load
from kentongan.destana.v1 import service_pb2 as pb
from kentongan.destana.v1.service_pb2_grpc import (
    HazardServiceServicer,
    HazardServiceStub,
    add_HazardServiceServicer_to_server,
)
from launched import SERVICES, channel, launched, prepare, token
from measure import corner, cpu, in_turns, last_line, middle, ratio, run, table
from stack import database
from stack.home import LOOPBACK, Home

CALLS, CONCURRENCY = 3000, 64
VILLAGE = "33.17.12.2002"
DESTANA = SERVICES["destana"]
FILL = (
    "insert into incident select gen_random_uuid(), 1, code, 'FLOOD', now(), now(), array[$2], '{}', 60, '[]', '{}',"
    " false from unnest($1::text[]) code"
)


class Empty(HazardServiceServicer):
    """Answers and does nothing."""

    async def AcknowledgeIncident(  # noqa: N802, D102 - the contract's name
        self, request: pb.AcknowledgeIncidentRequest, context: Any
    ) -> pb.AcknowledgeIncidentResponse:
        del context
        return pb.AcknowledgeIncidentResponse(code=request.code)


class Bench:
    """Calls both servers."""

    def __init__(self, home: Home, codes: list[str]) -> None:
        self._codes = codes
        self._next = 0
        self._who = token(home, UUID(int=1), f"bpbd_duty@{VILLAGE}")
        self.late: dict[str, list[float]] = {"p50": [], "p99": []}
        self.cpu: dict[str, list[float]] = {}

    def against(self, name: str, stub: Any, server: psutil.Process) -> Callable[[], Awaitable[float]]:
        """Give one run of calls."""

        async def one() -> float:
            codes = self._codes[self._next : self._next + CALLS]
            self._next += CALLS
            before, own = cpu(server), time.process_time()
            begun = time.perf_counter()
            took = await self._call(stub, codes)
            seconds = time.perf_counter() - begun
            self.cpu.setdefault(f"server, {name}", []).append((cpu(server) - before) / CALLS * 1e6)
            self.cpu.setdefault(f"client, {name}", []).append((time.process_time() - own) / CALLS * 1e6)
            if name == "ours":
                self.late["p50"].append(took[len(took) // 2] * 1e3)
                self.late["p99"].append(took[len(took) * 99 // 100] * 1e3)
            return CALLS / seconds

        return one

    async def _call(self, stub: Any, codes: list[str]) -> list[float]:
        took: list[float] = []
        waiting = iter(codes)

        async def worker() -> None:
            for code in waiting:
                begun = time.perf_counter()
                request = pb.AcknowledgeIncidentRequest(idempotency_key=uuid4().hex, code=code)
                await stub.AcknowledgeIncident(request, metadata=self._who)
                took.append(time.perf_counter() - begun)

        await asyncio.gather(*[worker() for _ in range(CONCURRENCY)])
        return sorted(took)


async def fill(home: Home, count: int) -> list[str]:
    """Put incidents into the service's database and give their codes."""
    codes: set[str] = set()
    while len(codes) < count:
        codes.add("B" + "".join(random.choices("".join(set(ALPHABET) - set("GQSZIO")), k=4)))  # noqa: S311 - no secret
    connection = await database.connect(home, "destana")
    await connection.execute("truncate incident, idempotency, outbox")
    await connection.execute(FILL, list(codes), VILLAGE)
    await connection.execute("analyze incident")
    await connection.close()
    return list(codes)


async def main() -> None:
    """Measure."""
    async with corner() as at, asyncio.timeout(600):
        home = at.home
        await prepare(home)
        codes = await fill(home, CALLS * 26)
        aside = {
            "KENTONGAN_GRPC_ADDRESS": f"{LOOPBACK}:{home.base + 60}",
            "KENTONGAN_HTTP_ADDRESS": f"{LOOPBACK}:{home.base + 61}",
        }
        async with (
            launched(home, DESTANA) as whole,
            launched(home, DESTANA, (__file__, "serve"), **aside) as empty,
            channel(home, home.address("destana.grpc")) as to_whole,
            channel(home, aside["KENTONGAN_GRPC_ADDRESS"]) as to_empty,
        ):
            bench = Bench(home, codes)
            kinds = {
                "ours": bench.against("ours", HazardServiceStub(to_whole), whole),
                "empty handler": bench.against("empty handler", HazardServiceStub(to_empty), empty),
            }
            values = await in_turns(kinds)
    table(f"ingest: durable commands, {CONCURRENCY} at a time", values, "calls/s")
    table("CPU", bench.cpu, "us/call")
    table("answered (ours)", bench.late, "ms")
    got = ratio(values, "ours", "empty handler")
    print(f"\nours / empty handler: {got:.2f} (goal 0.6)")
    last_line("ingest", middle(values, "ours"), middle(values, "empty handler"), got, "calls/s", goal=0.6)


def serve() -> None:
    """Run the service's process with the empty handler alone."""
    servicers = [(add_HazardServiceServicer_to_server, Empty())]  # type: ignore[abstract] # one method is called
    run_process(Process("destana", load().process, servicers=lambda _: servicers))


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        serve()
    else:
        run(main)
