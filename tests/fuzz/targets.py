"""What is fuzzed: each target takes any bytes, and raises only where we are wrong."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from notifier.adapters.smpp.codec import HEADER, BadLength, Framer, PduError, decode, encode
from notifier.adapters.smpp.commands import RESPONSE, Command
from notifier.adapters.smpp.inbound import Inbound
from notifier.adapters.smpp.layout import BODIES
from notifier.adapters.smpp.link import Link
from notifier.adapters.smpp.settings import SmppSettings
from notifier.adapters.tally import Tally
from notifier.application.incoming import Incoming, IncomingSms, Notice, Quarantined, Receipt
from notifier.domain.text.coding import Coding
from notifier.domain.text.header import take_off
from notifier.domain.text.parts import MAX_INCOMING_PARTS, MAX_INCOMING_TEXT, write
from notifier.domain.text.reading import read

COMMANDS = sorted(BODIES)
SILENT = {Command.ALERT_NOTIFICATION, Command.OUTBIND}  # requests without an answer
SETTINGS = SmppSettings("localhost", sink_timeout=5)


def stream_of(data: bytes) -> bytes:
    """Bytes read as a plan of frames, so that chance alone gets past the length: kind, command, size, body."""
    made = []
    while data:
        head, body = data[:4].ljust(4, b"\0"), data[4:]
        size = int.from_bytes(head[2:], "big") % 1024
        body, data = body[:size], body[size:]
        if head[0] % 8 == 0:
            made.append(body)
        else:
            command = head[1] if head[0] % 8 == 1 else COMMANDS[head[1] % len(COMMANDS)]
            made.append(HEADER.pack(HEADER.size + len(body), command, head[0], head[1]) + body)
    return b"".join(made)


def codec(data: bytes) -> None:
    """What is read is written back as it was, or refused."""
    for frame in _frames(data):
        try:
            pdu = decode(frame)
        except PduError:
            continue
        try:
            again = encode(pdu)
        except ValueError:
            continue  # a field longer than what we would write
        assert decode(again) == pdu or not pdu.fields


def link(data: bytes) -> None:
    """A link answers each request once, holds nothing when all is handled, and lives or is closed."""
    with asyncio.Runner() as runner:
        runner.run(_linked(data))


def text(data: bytes) -> None:
    """Anything is read, and what is read is written in parts that read as it."""
    for coding in Coding:
        words = read(data, coding)
        words.encode()
        written = write(words, max_parts=100_000)
        assert "".join(read(part, written.coding) for part in written.parts) == words
        write(words, unicode_supported=False, max_parts=100_000)
    with suppress(ValueError):
        take_off(data)


TARGETS: dict[str, Callable[[bytes], None]] = {"codec": codec, "link": link, "text": text}


def _frames(data: bytes) -> Iterator[bytes]:
    try:
        yield from Framer().feed(data)
    except BadLength:
        return


async def _linked(data: bytes) -> None:
    tally = Tally("fuzz")
    inbound = Inbound(SETTINGS, _Safe(), tally)
    one, paper = Link(SETTINGS, inbound, tally), _Paper()
    paper.reader = one
    one.connection_made(paper)
    third = max(1, len(data) // 3)
    for at in range(0, len(data), third):
        if not paper.is_closing():
            one.data_received(data[at : at + third])
    await inbound.drain(5)
    await asyncio.sleep(0)
    one.flush()
    assert tally["sink_failed"] == 0, "the sink was given what it must never see"
    assert (inbound._unanswered, inbound._held) == (0, 0)
    if not paper.is_closing():  # in any order: what is brought is answered when the sink has it
        owed = [about for frame in _frames(data) if (about := _owed(frame)) is not None]
        assert sorted(owed) == sorted(_about(frame) for frame in _frames(bytes(paper.written)))


def _owed(frame: bytes) -> tuple[int, int] | None:
    _, command, _, sequence = HEADER.unpack_from(frame)
    if command & RESPONSE:
        return None
    if command in SILENT:
        return (Command.GENERIC_NACK, sequence) if _is_broken(frame) else None
    brings = command in {Command.DELIVER_SM, Command.DATA_SM}
    answered = brings or (command in {Command.ENQUIRE_LINK, Command.UNBIND} and not _is_broken(frame))
    return (command | RESPONSE if answered else Command.GENERIC_NACK), sequence


def _is_broken(frame: bytes) -> bool:
    try:
        decode(frame)
    except PduError:
        return True
    return False


def _about(frame: bytes) -> tuple[int, int]:
    _, command, _, sequence = HEADER.unpack_from(frame)
    return command, sequence


class _Safe:
    """A sink that looks at what it is given."""

    async def on_receipt(self, receipts: Sequence[Receipt]) -> None:
        assert all(receipt.candidates for receipt in receipts)

    async def on_message(self, message: Incoming) -> None:
        assert isinstance(message, IncomingSms)
        message.text.encode()
        assert "\0" not in message.text
        assert len(message.text) <= MAX_INCOMING_TEXT
        assert message.fragment is None or message.fragment.total <= MAX_INCOMING_PARTS

    async def on_quarantine(self, spoiled: Quarantined) -> None:
        assert spoiled.reason

    async def on_notice(self, notice: Notice) -> None:
        raise AssertionError(f"a link has no news: {notice}")


class _Paper(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.reader: asyncio.Protocol | None = None
        self.written = bytearray()
        self._closing = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        if not self._closing and self.reader is not None:
            self._closing = True
            self.reader.connection_lost(None)

    abort = close

    def get_extra_info(self, name: str, default: object = None) -> object:
        return {"peername": None}.get(name, default)

    def pause_reading(self) -> None:
        """Nothing comes by itself."""

    def resume_reading(self) -> None:
        """Nothing comes by itself."""
