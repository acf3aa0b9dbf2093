"""The database goes and comes back: consuming waits, nothing dies, nothing is lost."""

import asyncio
import contextlib
from dataclasses import replace
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from ledger import DEAD, Orders, entries, send, service

from chassis.testing.kafka import Kafka
from chassis.testing.postgres import Database
from chassis.testing.until import until

pytestmark = pytest.mark.integration


class Wire:
    """A wire to a server that can be cut and mended."""

    def __init__(self, host: str, port: int) -> None:
        self._to = (host, port)
        self._open: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._port = 0

    async def mend(self) -> int:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self._port)
        self._port = int(self._server.sockets[0].getsockname()[1])
        return self._port

    def cut(self) -> None:
        assert self._server is not None
        self._server.close()
        for end in self._open:
            end.transport.abort()
        self._open.clear()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(*self._to)
        self._open |= {writer, back}
        with contextlib.suppress(OSError):
            await asyncio.gather(self._copy(reader, back), self._copy(there, writer))

    async def _copy(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
        target.close()


async def test_consuming_waits_for_the_database_and_goes_on(bus: Kafka, own: Database, orders: Orders):
    address = urlsplit(own.url)
    wire = Wire(str(address.hostname), int(address.port or 0))
    port = await wire.mend()
    process = service(bus, replace(own, url=own.url.replace(f":{address.port}/", f":{port}/")), orders)
    await process.start()
    await until(lambda: not process.unready, 20, "ready")
    key = uuid4()
    await send(bus, key, "before")
    await until(lambda: orders.tried["before"] >= 1, 10, "the first")
    wire.cut()
    await send(bus, key, "during", "meanwhile")
    await until(lambda: "bus not ready" in process.unready, 15, "unready")
    assert process.dead == []
    await wire.mend()

    async def all_done() -> bool:
        return await entries(process.pool, key) == ["before", "during", "meanwhile"]

    await until(all_done, 20, "all in order")
    await until(lambda: not process.unready, 10, "ready again")
    assert await bus.read(DEAD) == []
    assert await process.pool.fetchval("select count(*) from parked") == 0
    await process.stop()
    wire.cut()
