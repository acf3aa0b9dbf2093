"""SMPP 3.4 PDUs as a message centre reads and writes them (specification issue 1.2)."""

import struct
from dataclasses import dataclass, field

HEADER = struct.Struct(">IIII")
LARGEST = 70_000
"""Octets; message_payload alone may have 65,535."""
RESPONSE = 0x80000000

BIND_RECEIVER, BIND_TRANSMITTER, BIND_TRANSCEIVER = 0x01, 0x02, 0x09
SUBMIT_SM, DELIVER_SM, UNBIND, ENQUIRE_LINK, GENERIC_NACK = 0x04, 0x05, 0x06, 0x15, 0x80000000

OK, BAD_LENGTH, BAD_COMMAND, WRONG_BIND, ALREADY_BOUND = 0x00, 0x02, 0x03, 0x04, 0x05
BAD_MESSAGE_LENGTH, SYSTEM_ERROR, BAD_DESTINATION, BIND_FAILED = 0x01, 0x08, 0x0B, 0x0D
BAD_PASSWORD, BAD_SYSTEM_ID, SUBMIT_FAILED, THROTTLED = 0x0E, 0x0F, 0x45, 0x58

SAR_REFERENCE, SAR_TOTAL, SAR_NUMBER = 0x020C, 0x020E, 0x020F
MESSAGE_PAYLOAD, RECEIPTED_ID, MESSAGE_STATE, NETWORK_ERROR = 0x0424, 0x001E, 0x0427, 0x0423
HAS_HEADER, IS_RECEIPT = 0x40, 0x04


class MalformedError(Exception):
    """A PDU that cannot be read."""


@dataclass(slots=True, frozen=True)
class Pdu:
    """A PDU with its body unread."""

    command: int
    status: int
    sequence: int
    body: bytes = b""

    def encode(self) -> bytes:
        """Give its octets."""
        return HEADER.pack(HEADER.size + len(self.body), self.command, self.status, self.sequence) + self.body


class Reader:
    """Reads the fields of a body one after another."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 0

    def text(self) -> str:
        """Read a C-octet string. Raises MalformedError: it has no end."""
        end = self._body.find(b"\0", self._at)
        if end < 0:
            raise MalformedError("a string without its end")
        value = self._body[self._at : end]
        self._at = end + 1
        return value.decode("latin-1")

    def number(self) -> int:
        """Read one octet. Raises MalformedError: the body is over."""
        return self.octets(1)[0]

    def octets(self, count: int) -> bytes:
        """Read some octets. Raises MalformedError: fewer are left."""
        value = self._body[self._at : self._at + count]
        if len(value) != count:
            raise MalformedError("the body ends too early")
        self._at += count
        return value

    def optional(self) -> dict[int, bytes]:
        """Read the optional parameters. Raises MalformedError: one is cut."""
        found: dict[int, bytes] = {}
        while self._at < len(self._body):
            tag, length = struct.unpack(">HH", self.octets(4))
            found[tag] = self.octets(length)
        return found


@dataclass(slots=True)
class Short:
    """The body of submit_sm and deliver_sm."""

    source: str
    destination: str
    message: bytes
    esm_class: int = 0
    registered: int = 0
    data_coding: int = 0
    source_ton: int = 1
    source_npi: int = 1
    optional: dict[int, bytes] = field(default_factory=dict)

    @classmethod
    def decode(cls, body: bytes) -> "Short":
        """Read it. Raises MalformedError."""
        read = Reader(body)
        read.text()  # service_type
        ton, npi, source = read.number(), read.number(), read.text()
        read.octets(2)
        destination = read.text()
        esm_class = read.number()
        read.octets(2)  # protocol_id, priority_flag
        read.text()  # schedule_delivery_time
        read.text()  # validity_period
        registered = read.number()
        read.number()  # replace_if_present_flag
        data_coding = read.number()
        read.number()  # sm_default_msg_id
        message = read.octets(read.number())
        optional = read.optional()
        return cls(source, destination, message, esm_class, registered, data_coding, ton, npi, optional)

    def encode(self) -> bytes:
        """Write it."""
        fixed = bytes((self.esm_class, 0, 0)) + b"\0\0" + bytes((self.registered, 0, self.data_coding, 0))
        tlvs = b"".join(struct.pack(">HH", tag, len(value)) + value for tag, value in self.optional.items())
        return b"".join(
            (
                b"\0",
                bytes((self.source_ton, self.source_npi)),
                string(self.source),
                b"\x01\x01",
                string(self.destination),
                fixed,
                bytes((len(self.message),)),
                self.message,
                tlvs,
            )
        )


def string(value: str) -> bytes:
    """Write a C-octet string."""
    return value.encode("latin-1", errors="replace") + b"\0"
