"""A whole process: how it starts without its servers, drains, and says what is wrong."""

import asyncio
import contextlib
import socket
import time
from dataclasses import replace
from uuid import uuid4

import aiohttp
import pytest
from ledger import DEAD, TOPIC, USER, Orders, entries, headers, order, send, service, settings

from chassis.kafka import breaker as breakers
from chassis.kafka.security import Access
from chassis.process import Process
from chassis.testing.kafka import Broker, Kafka
from chassis.testing.postgres import Database
from chassis.testing.until import until

pytestmark = pytest.mark.integration


async def ask(process: Process, path: str) -> tuple[int, str]:
    url = f"http://127.0.0.1:{process.http_port}{path}"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.text()


async def test_several_cycles_in_one_loop_leave_nothing_running(bus: Kafka, own: Database):
    key = uuid4()
    await send(bus, uuid4(), "ignore")  # the test's own producer has tasks as well
    before = len(asyncio.all_tasks())
    for cycle in range(3):
        orders = Orders()
        process = service(bus, own, orders)
        await process.start()
        await send(bus, key, f"cycle {cycle}")
        await until(lambda orders=orders: sum(orders.tried.values()) == 1, 15, "the event")
        assert (await ask(process, "/healthz"))[0] == 200
        assert "kentongan_events_consumed_total" in (await ask(process, "/metrics"))[1]
        begun = time.monotonic()
        await process.stop()
        assert time.monotonic() - begun < 5
    await until(lambda: len(asyncio.all_tasks()) <= before, 5, "no task left")


async def test_two_processes_in_one_loop_share_the_work(bus: Kafka, own: Database, orders: Orders, running: Process):
    other = service(bus, own, orders)
    await other.start()
    await until(lambda: not other.unready, 20, "ready")
    keys = [uuid4() for _ in range(20)]
    for key in keys:
        await send(bus, key, "one", "two")
    for key in keys:
        await until(lambda: sum(orders.tried.values()) >= 40, 15)
        assert await entries(running.pool, key) == ["one", "two"]
    await other.stop()


async def test_stopping_finishes_the_batch_in_flight_and_loses_nothing(bus: Kafka, own: Database, orders: Orders):
    process = service(bus, own, orders)
    await process.start()
    keys = [uuid4() for _ in range(8)]
    orders.hold = {number: asyncio.Event() for number in range(4)}
    for key in keys:
        await send(bus, key, "held", "next")
    await until(lambda: bool(process.access), 1)
    await asyncio.sleep(1)
    stopping = asyncio.create_task(process.stop())
    await asyncio.sleep(0.3)
    for gate in orders.hold.values():
        gate.set()
    begun = time.monotonic()
    await stopping
    assert time.monotonic() - begun < 5
    tried = sum(orders.tried.values())
    assert tried > 0
    orders.hold = {}
    again = service(bus, own, orders)
    await again.start()
    for key in keys:
        await until_entries(again, key, ["held", "next"])
    await again.stop()


async def until_entries(process: Process, key: object, wanted: list[str]) -> None:
    async def there() -> bool:
        return await entries(process.pool, key) == wanted  # type: ignore[arg-type]  # a UUID

    await until(there, 15, str(wanted))


@pytest.mark.usefixtures("running")
async def test_one_partition_held_does_not_hold_the_others(bus: Kafka, orders: Orders):
    held = orders.hold[0] = asyncio.Event()
    await bus.send(TOPIC, order(uuid4(), "held"), key=b"x", headers=headers(), partition=0)
    waits = []
    for number in range(30):
        begun = time.monotonic()
        await bus.send(TOPIC, order(uuid4(), f"free {number}"), key=b"y", headers=headers(), partition=1 + number % 3)
        await until(lambda n=number: orders.tried[f"free {n}"] == 1, 5)
        waits.append(time.monotonic() - begun)
    assert orders.tried["held"] == 0
    assert sorted(waits)[len(waits) // 2] < 0.1, waits  # 6 to 10 ms on a quiet machine; a shared poll would be 1 s
    held.set()
    await until(lambda: orders.tried["held"] == 1, 5, "the held one")


async def test_too_many_deaths_stop_the_topic_and_a_probe_opens_it(
    bus: Kafka, own: Database, orders: Orders, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(breakers.Breaker.__init__, "__kwdefaults__", {"least": 20, "share": 0.5, "pause": 1.0})
    process = service(bus, own, orders)
    orders.broken = ZeroDivisionError()
    keys = [uuid4() for _ in range(60)]
    for key in keys:
        await send(bus, key, "work")
    await process.start()
    await until(lambda: "bus not ready" in process.unready and orders.tried["work"] >= 20, 20, "the breaker")
    orders.broken = None
    await until(lambda: not process.unready, 20, "closed again")

    async def settled() -> bool:
        dead = len(await bus.read(DEAD))
        alive = sum([await entries(process.pool, key) == ["work"] for key in keys])
        return dead + alive == 60 and dead <= 30

    await until(settled, 15, "every event alive or dead, most of them alive")
    await process.stop()


async def test_without_kafka_it_starts_and_is_unready(bus: Kafka, own: Database, orders: Orders):
    process = service(bus, own, orders)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process.access = replace(process.access, bootstrap=f"127.0.0.1:{port}")
    await process.start()
    assert (await ask(process, "/readyz"))[0] == 503
    assert (await ask(process, "/healthz"))[0] == 200
    begun = time.monotonic()
    await process.stop()
    assert time.monotonic() - begun < 5


class Passage:
    """A way to the broker that can be cut, or silent."""

    def __init__(self, to: str) -> None:
        self._host, _, port = to.rpartition(":")
        self._port = int(port)
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self.port = 0
        self.speaks = asyncio.Event()
        self.speaks.set()

    async def mend(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in self._open:
            writer.close()
        self._open.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(self._host, self._port)
        self._open |= {writer, back}
        await asyncio.wait(
            [asyncio.create_task(self._carry(one, to)) for one, to in ((reader, back), (there, writer))]
        )

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                await self.speaks.wait()
                writer.write(data)
        writer.close()


@pytest.mark.parametrize("reads", [True, False], ids=["reader", "relay alone"])
async def test_while_kafka_is_away_it_is_unready_and_then_ready_again(
    bus: Kafka, own: Database, orders: Orders, *, reads: bool
):
    process = service(bus, own, orders) if reads else Process(USER, settings(bus, own), prefix=bus.prefix)
    way = Passage(process.access.bootstrap)
    await way.mend()
    process.access = replace(process.access, bootstrap=f"127.0.0.1:{way.port}")
    await process.start()
    await until(lambda: not process.unready, 20, "ready")
    await way.cut()
    await until(lambda: "kafka not ready" in process.unready, 10, "it is noticed")
    assert (await ask(process, "/readyz"))[0] == 503
    assert (await ask(process, "/healthz"))[0] == 200
    await way.mend()
    await until(lambda: not process.unready, 20, "ready again")
    way.speaks.clear()
    await until(lambda: "kafka not ready" in process.unready, 15, "silence is noticed")
    way.speaks.set()
    await until(lambda: not process.unready, 20, "ready once more")
    await process.stop()
    await way.cut()


async def test_without_a_database_it_waits_and_is_unready(bus: Kafka, own: Database, orders: Orders):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    lost = replace(own, url=f"postgresql://telponi@127.0.0.1:{port}/nowhere")
    process = service(bus, lost, orders)
    starting = asyncio.create_task(process.start())
    await asyncio.sleep(0.5)
    assert not starting.done()
    assert (await ask(process, "/readyz"))[0] == 503
    starting.cancel()
    await asyncio.wait([starting])
    await process.stop()


async def test_a_wrong_password_and_a_missing_broker_are_told_in_one_line(broker: Broker):
    good = Access(broker.bootstrap, "telponi", broker.ca, broker.password("telponi"))
    assert await good.complaint() is None
    assert "refuses the password of user telponi" in str(await replace(good, password="x").complaint())
    assert "not there" in str(await replace(good, bootstrap="127.0.0.1:1").complaint())
