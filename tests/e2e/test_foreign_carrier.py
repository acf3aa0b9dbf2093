"""The stories run on anybody's SMPP server: one that is not ours, with habits of its own."""

import asyncio
import random
import re
import secrets
import struct
import subprocess
import sys
from collections.abc import AsyncIterator

import pytest

from chassis.testing.until import until
from e2e.running import Running
from handset.demo.stage import Actor, Stage, code
from stack import database, processes, readiness, supervisor

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]
NAMES = ("Sekar", "Laras", "Melati", "Kenanga", "Cempaka", "Anggrek", "Dahlia", "Seruni", "Teratai", "Wijaya")
HEADER = struct.Struct(">IIII")
BIND_TRANSCEIVER, SUBMIT, DELIVER, UNBIND, ENQUIRE, ANSWER = 0x09, 0x04, 0x05, 0x06, 0x15, 0x80000000


class Centre:
    """A message centre on bare sockets. Its ids are hexadecimal in answers and decimal in receipts, which come as
    text alone; it writes its octets in pieces that respect no PDU, asks whether we are there, and starts high.
    """

    def __init__(self) -> None:
        self.binds: list[str] = []
        self.answers: dict[int, int] = {}
        self.heard: list[tuple[str, str]] = []
        self.receipts = 0
        self._parts: dict[tuple[str, bytes], dict[int, str]] = {}
        self.ids: list[str] = []  # as we keep them: hexadecimal, in small letters
        self._number = 0xA0000000 + secrets.randbelow(0x10000000)
        self._sequence = 7_000_000
        self._out: asyncio.StreamWriter | None = None
        self._writing = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> int:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        if self._out:
            self._out.close()

    # --- what a test does

    async def say(self, phone: str, text: str) -> int:
        """A person's message; gives the status of the answer."""
        number = re.sub(r"\D", "", phone)
        body = b"\0\x01\x01" + number.encode() + b"\0\x05\0KENTONGAN\0" + b"\0\0\0" + b"\0\0" + b"\0\0\0\0"
        return await self.deliver(body + bytes([len(text)]) + text.encode("ascii"))

    async def deliver(self, body: bytes) -> int:
        self._sequence += 1
        sequence = self._sequence
        await self._send(DELIVER, body, sequence=sequence)
        await until(lambda: sequence in self.answers, 20, "an answer to deliver_sm")
        return self.answers[sequence]

    async def raw(self, octets: bytes) -> None:
        await self._write(octets)

    async def expect(self, phone: str, pattern: str, seconds: float = 30) -> str:
        number = re.sub(r"\D", "", phone)

        def came() -> str | None:
            return next(
                (text for to, text in self.heard if to.endswith(number[1:]) and re.search(pattern, text)), None
            )

        await until(lambda: came() is not None, seconds, lambda: f"{pattern!r} on {phone} (but {self.heard[-5:]})")
        return str(came())

    # --- what it does by itself

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                length, command, status, sequence = HEADER.unpack(await reader.readexactly(16))
                body = await reader.readexactly(length - 16)
                await self._take(writer, command, status, sequence, body)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def _take(self, writer, command: int, status: int, sequence: int, body: bytes) -> None:
        if command == BIND_TRANSCEIVER:
            self._out = writer
            self.binds.append(body.split(b"\0")[0].decode())
            await self._send(command | ANSWER, b"FOREIGN\0", sequence=sequence)
            await self._send(ENQUIRE, b"", sequence=self._next())
        elif command == SUBMIT:
            await self._submitted(sequence, body)
        elif command == DELIVER | ANSWER:
            self.answers[sequence] = status
        elif command in {ENQUIRE, UNBIND}:
            await self._send(command | ANSWER, b"", sequence=sequence)

    async def _submitted(self, sequence: int, body: bytes) -> None:
        self._number += 1
        number = self._number
        self.ids.append(f"{number:x}")
        await self._send(SUBMIT | ANSWER, f"{number:X}\0".encode(), sequence=sequence)
        source_at = body.index(b"\0") + 3
        source_end = body.index(b"\0", source_at)
        to_end = body.index(b"\0", source_end + 3)
        to, rest = body[source_end + 3 : to_end].decode(), body[to_end + 1 :]
        esm = rest[0]
        schedule_end = rest.index(b"\0", 3)
        validity_end = rest.index(b"\0", schedule_end + 1)
        registered, _, coding, _, length = rest[validity_end + 1 : validity_end + 6]
        data = rest[validity_end + 6 : validity_end + 6 + length]
        self._keep(to, data, coding, with_header=bool(esm & 0x40))
        if registered & 1:
            task = asyncio.create_task(self._receipt(number, to))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _keep(self, to: str, data: bytes, coding: int, *, with_header: bool) -> None:
        if not with_header:
            self.heard.append((to, _text(data, coding)))
            return
        head, data = data[1 : data[0] + 1], data[data[0] + 1 :]
        reference, total, number = head[2:-2], head[-2], head[-1]
        parts = self._parts.setdefault((to, reference), {})
        parts[number] = _text(data, coding)
        if len(parts) == total:
            self.heard.append((to, "".join(parts[each] for each in sorted(parts))))
            del self._parts[to, reference]

    async def _receipt(self, number: int, to: str) -> None:
        await asyncio.sleep(random.uniform(0, 0.2))  # noqa: S311 - somebody's delay
        text = (
            f"id:{number} sub:001 dlvrd:001 submit date:2611231200 done date:2611231200 stat:DELIVRD err:000 text:-"
        )
        body = b"\0\x01\x01" + to.encode() + b"\0\x05\0KENTONGAN\0" + b"\x04\0\0" + b"\0\0" + b"\0\0\0\0"
        if await self.deliver(body + bytes([len(text)]) + text.encode()) == 0:
            self.receipts += 1

    def _next(self) -> int:
        self._sequence += 1
        return self._sequence

    async def _send(self, command: int, body: bytes, sequence: int) -> None:
        await self._write(HEADER.pack(16 + len(body), command, 0, sequence) + body)

    async def _write(self, octets: bytes) -> None:
        async with self._writing:
            while octets:
                size = random.choice((1, 3, 15, 17, 40))  # noqa: S311 - pieces of any length
                self._out.write(octets[:size])
                await self._out.drain()
                octets = octets[size:]
                await asyncio.sleep(0)


def _text(data: bytes, coding: int) -> str:
    return data.decode("utf-16-be") if coding == 8 else data.replace(b"\0", b"@").decode("latin-1")


@pytest.fixture
async def centre(running: Running, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Centre]:
    """The notifier of the stack, told by KENTONGAN_SMPP_URL to use the foreign centre instead of the handset."""
    home = running.home
    foreign = Centre()
    port = await foreign.start()
    notifier = next(service for service in processes.SERVICES if service.name == "notifier")
    told = running.environment() | {"KENTONGAN_SMPP_URL": f"smpp://somebody:pw123@127.0.0.1:{port}"}
    for name, text in told.items():
        monkeypatch.setenv(name, text)
    supervisor.call(home, "stopProcess", "services:notifier")
    with (home.log / "notifier-foreign.jsonl").open("ab") as log:
        process = subprocess.Popen(  # noqa: ASYNC220 - it only begins here
            [sys.executable, "-m", "notifier"], env=processes.environment(home, notifier), stdout=log, stderr=log
        )
    try:
        await until(lambda: readiness.is_ready(home, notifier), 40, "the notifier")
        await until(lambda: bool(foreign.binds), 20, "a bind")
        yield foreign
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait, 15)
        await foreign.stop()
        supervisor.call(home, "startProcess", "services:notifier")
        await until(lambda: readiness.is_ready(home, notifier), 40, "the notifier")


async def test_a_mother_is_referred_over_somebody_elses_centre(running: Running, stage: Stage, centre: Centre):
    assert centre.binds == ["somebody"]
    midwife, arafah = stage.one("midwife", "sms"), "0812-0000-0009"
    village, name = midwife.places[0], f"Asing {' '.join(random.sample(NAMES, 3))}"
    assert (
        await centre.say(midwife.phone, f"BUMIL {name} # 36 # UK 36 # G3P2A0 # 143 # JARAK 1 # DESA {village}") == 0
    )
    mother = _code("M", await centre.expect(midwife.phone, code("M") + ".*Skor 14 KRST"))
    assert await centre.say(midwife.phone, f"BAHAYA {mother} DARAH") == 0
    referral = _code("R", await centre.expect(midwife.phone, code("R")))
    taker = await _accept(stage, centre, referral, arafah)
    await centre.expect(midwife.phone, rf"{referral}.*DITERIMA")
    assert await centre.say(midwife.phone, f"STATUS {referral}") == 0
    await centre.expect(midwife.phone, rf"{referral}.*diterima")
    assert taker

    await until(lambda: centre.receipts >= 4, 20, "the answers to our receipts")
    states = await _states(running, centre)
    assert states, "nothing went over the centre"
    assert set(states) == {3}, f"not all is known to have arrived, though every receipt said so: {states}"


async def _accept(stage: Stage, centre: Centre, referral: str, sms_facility: str) -> str:
    """The first facility asked accepts, on whichever channel it was asked."""
    facilities = stage.all("facility_duty")
    others = [one for one in facilities if one.phone[-4:] != sms_facility[-4:]]
    waits = {
        asyncio.ensure_future(centre.expect(sms_facility, f"DARURAT {referral}", 60)): None,
        asyncio.ensure_future(stage.somebody_hears(others, referral)): others,
    }
    done, left = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in left:
        wait.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    heard = done.pop().result()
    if isinstance(heard, str):
        assert await centre.say(sms_facility, f"TERIMA {referral}") == 0
        return sms_facility
    actor: Actor = heard[0]
    await stage.answer(actor, heard[1], f"TERIMA {referral}")
    return actor.phone


async def _states(running: Running, centre: Centre) -> list[int]:
    connection = await database.connect(running.home, "notifier")
    question = (
        "select distinct d.alert, d.contact, d.state from delivery d join carrier_message m"
        " on m.alert = d.alert and m.contact = d.contact"
        " where m.carrier = 'smpp' and m.carrier_id = any($1::text[])"
    )
    try:
        for _ in range(60):
            states = [row["state"] for row in await connection.fetch(question, centre.ids)]
            if states and set(states) == {3}:
                break
            await asyncio.sleep(0.25)
        return states
    finally:
        await connection.close()


async def test_garbage_from_the_centre_is_quarantined_and_the_rest_flows(
    running: Running, stage: Stage, centre: Centre
):
    connection = await database.connect(running.home, "notifier")

    async def reasons() -> list[str]:
        return [
            row["reason"] for row in await connection.fetch("select reason from quarantine where carrier = 'smpp'")
        ]

    try:
        midwife = stage.one("midwife", "sms")
        before = len(await reasons())
        assert await centre.deliver(b"no addresses at all, no end") != 0  # refused for good: not brought again
        binary = b"\0\x01\x01628120000001\0\x05\0KENTONGAN\0" + b"\0\0\0" + b"\0\0" + b"\0\0\x04\0" + b"\x04\1\2\3\4"
        assert await centre.deliver(binary) == 0  # understood, but no text: kept for the operator
        for _ in range(50):
            if len(await reasons()) >= before + 2:
                break
            await asyncio.sleep(0.1)
        assert len(await reasons()) == before + 2
        assert all(await reasons())
        await centre.say(midwife.phone, "BANTUAN BAHAYA")
        await centre.expect(midwife.phone, "BAHAYA")

        await centre.raw(struct.pack(">IIII", 0xFFFFFFF0, 5, 0, 1))  # a length that cannot be: the link starts anew
        await until(lambda: len(centre.binds) == 2, 20, "a second bind")
        centre.heard.clear()
        await centre.say(midwife.phone, "BANTUAN SKOR")
        await centre.expect(midwife.phone, "SKOR")
        assert len(await reasons()) == before + 3
    finally:
        await connection.close()


def _code(letter: str, text: str) -> str:
    match = re.search(code(letter), text)
    assert match, text
    return match[1]
