"""From a gRPC command to `submit_sm` at the carrier, 50 a second, against three bare hops over Kafka in a chain.

The command is Gareng Mesem's ReportWaste: it stores a report and a pickup and offers it to one collector, who is told
by SMS. On the way everything is durable: service, outbox, Kafka, alert, delivery, each with its commit, and the
delivery's claim before the carrier is called. The chain has nothing but Kafka: produce, consume and produce,
consume and produce, consume. Both run in turns.
"""

import asyncio
import random
import re
import socket
import statistics
import struct
import time
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID, uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from chassis.region.pack import Region
from kentongan.gareng_mesem.v1 import report_pb2
from kentongan.gareng_mesem.v1 import service_pb2 as pb
from kentongan.gareng_mesem.v1.service_pb2_grpc import WasteServiceStub
from kentongan.notifier.v1 import contacts_service_pb2
from kentongan.notifier.v1.contacts_service_pb2_grpc import ContactServiceStub
from launched import SERVICES, channel, launched, prepare, token
from measure import RUNS, Corner, at_share, both_servers, corner, cpu, last_line, run, table
from stack import database
from stack.home import CHECKOUT, LOOPBACK, Home

GRID = 0.002  # degrees, some 200 m: reports nearer than 100 m would share a pickup
HOPS = 3
RATE, COMMANDS, WARM = 50, 250, 50
PHONE = "+6281299900001"
CATEGORY, SIZE = report_pb2.CATEGORY_PILE, report_pb2.SIZE_BAG
HEADER = struct.Struct(">LLLL")
SUBMIT, ENQUIRE, RESPONSE = 0x4, 0x15, 0x80000000
SPOT = re.compile(rb"geo:(-?\d+\.\d+,-?\d+\.\d+)")


class Sink(asyncio.Protocol):
    """A carrier that takes everything and notes when each spot was told of."""

    seen: dict[str, float] = {}  # noqa: RUF012 - one for all connections
    taken = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport: Any = transport
        self.rest = b""

    def data_received(self, data: bytes) -> None:
        """Answer what is whole."""
        data, start, out = self.rest + data, 0, []
        while len(data) - start >= HEADER.size:
            length, command, _, sequence = HEADER.unpack_from(data, start)
            if len(data) - start < length:
                break
            if command == SUBMIT:
                Sink.taken += 1
                self._note(data[start : start + length])
            body = b"" if command == ENQUIRE else b"%x\0" % Sink.taken
            out.append(HEADER.pack(HEADER.size + len(body), command | RESPONSE, 0, sequence) + body)
            start += length
        self.rest = data[start:]
        self.transport.write(b"".join(out))

    def _note(self, pdu: bytes) -> None:
        if found := SPOT.search(pdu):
            Sink.seen.setdefault(found[1].decode(), time.perf_counter())


class Bench:
    """Both ways."""

    def __init__(self, at: Corner, stub: Any, who: Any) -> None:
        self._at, self._stub, self._who = at, stub, who
        region = Region.load(CHECKOUT / "regions/33.17")
        self._points = [village.point for village in region.villages.values()]
        self._used: set[str] = set()
        self.answered: list[float] = []

    async def hop(self) -> list[float]:
        """Milliseconds from each command's begin to its submit_sm, sorted."""
        begun: dict[str, float] = {}
        start, calls = time.perf_counter(), []
        for number in range(WARM + COMMANDS):
            latitude, longitude, spot = self._somewhere()
            if number >= WARM:
                begun[spot] = time.perf_counter()
            calls.append(asyncio.create_task(self._call(latitude, longitude)))
            await asyncio.sleep(max(0.0, start + (number + 1) / RATE - time.perf_counter()))
        await asyncio.gather(*calls)
        give_up = time.perf_counter() + 20
        while not begun.keys() <= Sink.seen.keys() and time.perf_counter() < give_up:  # noqa: ASYNC110 - a bench may look
            await asyncio.sleep(0.05)
        lost = begun.keys() - Sink.seen.keys()
        if lost:
            raise RuntimeError(f"{len(lost)} of {COMMANDS} messages did not come")
        return sorted((Sink.seen[spot] - at) * 1e3 for spot, at in begun.items())

    async def _call(self, latitude: float, longitude: float) -> None:
        request = pb.ReportWasteRequest(idempotency_key=uuid4().hex, category=CATEGORY, size=SIZE)
        request.point.latitude, request.point.longitude = latitude, longitude
        begun = time.perf_counter()
        await self._stub.ReportWaste(request, metadata=self._who)
        self.answered.append((time.perf_counter() - begun) * 1e3)

    def _somewhere(self) -> tuple[float, float, str]:
        """A spot of its own in a village: far enough from all others for a pickup of its own."""
        while True:
            point = random.choice(self._points)  # noqa: S311 - no secret
            latitude = (round(point.latitude / GRID) + random.randint(-3, 3)) * GRID  # noqa: S311 - no secret
            longitude = (round(point.longitude / GRID) + random.randint(-3, 3)) * GRID  # noqa: S311 - no secret
            spot = f"{latitude:.5f},{longitude:.5f}"
            if spot not in self._used:
                self._used.add(spot)
                return latitude, longitude, spot

    async def chain(self) -> list[float]:
        """Milliseconds through three bare hops, sorted."""
        client = self._at.kafka.broker.client()
        topics = [f"bench-{uuid4().hex[:8]}" for _ in range(HOPS)]
        await self._at.kafka.create(*topics, partitions=4)
        names = [self._at.kafka.name(topic) for topic in topics]
        async with (
            AIOKafkaProducer(**client, enable_idempotence=True, linger_ms=0) as writer,
            AsyncExitStack() as opened,
        ):
            readers = [await opened.enter_async_context(_reader(name, client)) for name in names]
            took: list[float] = []
            forwarding = [
                asyncio.create_task(_forward(reader, writer, name))
                for reader, name in zip(readers, names[1:], strict=False)
            ]
            forwarding.append(asyncio.create_task(_note(readers[-1], took)))
            await asyncio.sleep(1)
            start = time.perf_counter()
            for number in range(WARM + COMMANDS):
                await writer.send(names[0], str(time.perf_counter()).encode(), key=str(number).encode())
                await asyncio.sleep(max(0.0, start + (number + 1) / RATE - time.perf_counter()))
            await asyncio.sleep(2)
            for task in forwarding:
                task.cancel()
        if len(took) < WARM + COMMANDS:
            raise RuntimeError(f"{len(took)} of {WARM + COMMANDS} records came through the chain")
        return sorted(took[WARM:])


async def _forward(reader: AIOKafkaConsumer, writer: AIOKafkaProducer, name: str) -> None:
    async for record in reader:
        await writer.send(name, record.value, key=record.key)


async def _note(reader: AIOKafkaConsumer, took: list[float]) -> None:
    async for record in reader:
        late = (time.perf_counter() - float(record.value)) * 1e3
        took.append(late)


def _reader(name: str, client: dict[str, Any]) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(name, **client, group_id=name, auto_offset_reset="earliest", fetch_max_wait_ms=500)


async def sink_alone(port: int, messages: int = 20_000) -> float:
    """Messages a second that the carrier takes from a bare socket."""

    def write() -> float:
        pdu = HEADER.pack(HEADER.size + 150, SUBMIT, 0, 1) + b"x" * 150
        with socket.create_connection((LOOPBACK, port)) as line:
            begun, left = time.perf_counter(), messages * (HEADER.size + 2)
            line.sendall(pdu * 1000)
            for _ in range(messages // 1000 - 1):
                left -= len(line.recv(1 << 20))
                line.sendall(pdu * 1000)
            line.shutdown(socket.SHUT_WR)
            while line.recv(1 << 20):
                pass
            return messages / (time.perf_counter() - begun)

    return await asyncio.to_thread(write)


async def one_collector(home: Home) -> None:
    """Let there be one collector for the whole regency, reached by SMS."""
    row = contacts_service_pb2.ContactRow(name="Bench", phone=PHONE, role="collector", place="33.17", channel="sms")
    async with channel(home, home.address("notifier.grpc")) as opened:
        request = contacts_service_pb2.ImportContactsRequest(idempotency_key=uuid4().hex, first_row=1, rows=[row])
        answer = await ContactServiceStub(opened).ImportContacts(
            request, metadata=token(home, UUID(int=2), "operator@33.17")
        )
    if answer.errors:
        raise RuntimeError(f"the collector was refused: {answer.errors}")
    connection = await database.connect(home, "gareng-mesem")
    while not await connection.fetchval("select exists(select from collector)"):  # noqa: ASYNC110 - another process writes it
        await asyncio.sleep(0.1)
    await connection.close()


async def forget(home: Home) -> None:
    """Take away what an earlier bench on kept servers left."""
    connection = await database.connect(home, "gareng-mesem")
    await connection.execute("truncate report, pickup, timer, outbox")
    await connection.close()


async def main() -> None:
    """Measure."""
    async with corner() as at, asyncio.timeout(900):
        home = at.home
        await prepare(home)
        await forget(home)
        server = await asyncio.get_running_loop().create_server(Sink, LOOPBACK, 0)
        port = int(server.sockets[0].getsockname()[1])
        carrier = {"KENTONGAN_SMPP_URL": f"smpp://bench:bench@{LOOPBACK}:{port}"}
        async with (
            launched(home, SERVICES["gareng-mesem"]) as service,
            launched(home, SERVICES["notifier"], **carrier) as notifier,
            channel(home, home.address("gareng-mesem.grpc")) as opened,
        ):
            await one_collector(home)
            bench = Bench(at, WasteServiceStub(opened), token(home, UUID(int=3), "resident@33.17.12.2002"))
            ours, bare = [await bench.hop()], [await bench.chain()]
            used: dict[str, list[float]] = {}
            for _ in range(RUNS):
                parts = {"gareng-mesem": service, "notifier": notifier, **both_servers(home)}
                before = {name: cpu(process) for name, process in parts.items()}
                ours.append(await bench.hop())
                for name, process in parts.items():
                    used.setdefault(name, []).append((cpu(process) - before[name]) / (WARM + COMMANDS) * 1e3)
                bare.append(await bench.chain())
        ours, bare = ours[1:], bare[1:]
        alone = await sink_alone(port)
        server.close()
    values = {
        f"{name}, {word}": [at_share(one, share) for one in runs]
        for name, runs in (("ours", ours), ("three bare hops", bare))
        for word, share in (("p50", 0.5), ("p99", 0.99))
    }
    table(f"hop: gRPC command to submit_sm, {RATE} a second", values, "ms")
    table("CPU of a command, from its call to the carrier", used, "ms")
    table("gRPC answered (durable)", {"every call": bench.answered}, "ms")
    print(f"\nthe carrier alone takes {alone:,.0f} messages a second")
    late, limit = (statistics.median(values[f"{name}, p99"]) for name in ("ours", "three bare hops"))
    print(f"ours / three bare hops at p99: {late / limit:.2f} (goal at most 2)")
    last_line("hop", late, limit, late / limit, "ms at p99", goal=2.0)


if __name__ == "__main__":
    run(main)
