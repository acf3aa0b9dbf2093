"""SMPP 3.4 on the wire: frames out of a stream, PDUs out of frames, and back.

Liberal in what it reads (sequence numbers above 0x7fffffff, fields longer than allowed, responses without a body),
strict in what it writes. Nothing read can make it fail in another way than PduError, or keep more than one frame.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from notifier.adapters.smpp.commands import RESPONSE, Status, Tag
from notifier.adapters.smpp.layout import BODIES, Byte, CString, Layout, Octets

HEADER = struct.Struct(">LLLL")
_LENGTH = 4  # bytes of the length itself
_TLV = struct.Struct(">HH")
# Text that ends in a zero byte; a centre was seen to give 65, the room for it, as its length: the text is all there.
_TEXTS = {Tag.RECEIPTED_MESSAGE_ID}
MAX_PDU = 1 << 17  # a message_payload of 64 KiB and its company; a longer length is garbage

Value = int | str | bytes


class PduError(Exception):
    """The PDU breaks the specification. `status` is what its sender is told; `reason` one short word."""

    def __init__(self, status: Status, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class BadLength(PduError):  # noqa: N818 - the class names what is wrong
    """The length of a frame is impossible: where the next one begins is unknown, the link must be reset."""

    def __init__(self, length: int) -> None:
        super().__init__(Status.INVALID_COMMAND_LENGTH, "bad_length")
        self.length = length


@dataclass(slots=True)
class Pdu:
    """One PDU. `fields` are the mandatory ones by their names in the specification; the first TLV of a tag wins."""

    command: int
    status: int = 0
    sequence: int = 0
    fields: dict[str, Value] = field(default_factory=dict)
    tlvs: dict[int, bytes] = field(default_factory=dict)
    size: int = field(default=0, compare=False)  # bytes of the frame it was read from

    def text(self, name: str) -> str:
        """A text field; empty where absent."""
        return str(self.fields.get(name, ""))

    def number(self, name: str) -> int:
        """A number field; 0 where absent."""
        value = self.fields.get(name, 0)
        return value if isinstance(value, int) else 0

    def octets(self, name: str) -> bytes:
        """A field of bytes; empty where absent."""
        value = self.fields.get(name, b"")
        return value if isinstance(value, bytes) else b""


class Framer:
    """Cuts a stream into frames; keeps at most one unfinished frame."""

    def __init__(self, max_pdu: int = MAX_PDU) -> None:
        self._max_pdu = max_pdu
        self._rest = bytearray()
        self._wanted = _LENGTH  # bytes without which looking again at the rest is no use

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield each whole frame, header included. Raises BadLength; what came before it has been yielded."""
        if self._rest:
            self._rest += data  # in place: a frame that comes byte by byte must not be copied as often
            if len(self._rest) < self._wanted:
                return
            data = bytes(self._rest)
        self._rest, self._wanted = bytearray(), _LENGTH
        start, size = 0, len(data)
        while size - start >= _LENGTH:
            length = int.from_bytes(data[start : start + _LENGTH], "big")
            if not HEADER.size <= length <= self._max_pdu:
                raise BadLength(length)
            if size - start < length:
                self._wanted = length
                break
            yield data[start : start + length]
            start += length
        self._rest += data[start:]


def decode(frame: bytes) -> Pdu:
    """Read one whole frame.

    Raises PduError, with INVALID_COMMAND for a command that we do not know.
    """
    if len(frame) < HEADER.size or int.from_bytes(frame[:4], "big") != len(frame):
        raise PduError(Status.INVALID_COMMAND_LENGTH, "bad_length")
    _, command, status, sequence = HEADER.unpack_from(frame)
    layout = BODIES.get(command)
    if layout is None:
        raise PduError(Status.INVALID_COMMAND, "unknown_command")
    pdu = Pdu(command, status, sequence, size=len(frame))
    if len(frame) == HEADER.size and command & RESPONSE:
        return pdu  # a response may come without its body, mostly with an error
    pdu.tlvs = _read_tlvs(frame, _read_fields(frame, layout, pdu.fields))
    return pdu


def _read_fields(frame: bytes, layout: Layout, fields: dict[str, Value]) -> int:
    at = HEADER.size
    for part in layout:
        fields[part.name], at = _read_text(frame, at) if isinstance(part, CString) else _read_number(frame, at)
        if isinstance(part, Octets):
            fields[part.name], at = _read_octets(frame, at, length=frame[at - 1])
    return at


def _read_text(frame: bytes, at: int) -> tuple[str, int]:
    end = frame.find(0, at)
    if end < 0:
        raise PduError(Status.INVALID_MESSAGE_LENGTH, "text_not_ended")
    return frame[at:end].decode("latin-1"), end + 1


def _read_number(frame: bytes, at: int) -> tuple[int, int]:
    if at >= len(frame):
        raise PduError(Status.INVALID_COMMAND_LENGTH, "field_missing")
    return frame[at], at + 1


def _read_octets(frame: bytes, at: int, length: int) -> tuple[bytes, int]:
    if at + length > len(frame):
        raise PduError(Status.INVALID_MESSAGE_LENGTH, "message_cut_off")
    return frame[at : at + length], at + length


def _read_tlvs(frame: bytes, at: int) -> dict[int, bytes]:
    tlvs: dict[int, bytes] = {}
    while at < len(frame):
        if len(frame) - at < _TLV.size:
            raise PduError(Status.INVALID_COMMAND_LENGTH, "parameter_cut_off")
        tag, length = _TLV.unpack_from(frame, at)
        at += _TLV.size
        if len(frame) - at < length and not (tag in _TEXTS and frame.endswith(b"\0")):
            raise PduError(Status.INVALID_OPTIONAL, "parameter_cut_off")
        tlvs.setdefault(tag, frame[at : at + length])
        at += length
    return tlvs


def encode(pdu: Pdu) -> bytes:
    """Write a PDU; absent fields are 0 or empty. A response without any field has no body.

    Raises ValueError where a field is longer than allowed: our own mistake.
    """
    layout = BODIES[pdu.command]
    bare = pdu.command & RESPONSE and not pdu.fields
    body = b"" if bare else b"".join(_field(part, pdu) for part in layout)
    body += b"".join(_TLV.pack(tag, len(value)) + value for tag, value in pdu.tlvs.items())
    return frame_of(pdu.command, pdu.status, pdu.sequence, body)


def frame_of(command: int, status: int, sequence: int, body: bytes = b"") -> bytes:
    """Put the header before a body that is written already."""
    return HEADER.pack(HEADER.size + len(body), command, status, sequence) + body


def _field(part: CString | Byte | Octets, pdu: Pdu) -> bytes:
    if isinstance(part, Byte):
        return bytes((pdu.number(part.name),))
    if isinstance(part, Octets):
        octets = pdu.octets(part.name)
        return bytes((len(octets),)) + octets
    text = pdu.text(part.name).encode("latin-1")
    if len(text) >= part.size or 0 in text:
        raise ValueError(f"{part.name} has {len(text)} bytes, at most {part.size - 1}, none of them zero")
    return text + b"\0"


def message_id(frame: bytes) -> str:
    """The id in a submit_sm_resp, read leniently: the message *was* taken, whatever the body looks like."""
    return frame[HEADER.size :].split(b"\0", 1)[0][:64].decode("latin-1").strip()
