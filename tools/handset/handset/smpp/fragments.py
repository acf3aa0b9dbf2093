"""Finds the text of one SMS part, and which part of what it is (UDH, sar_*, message_payload)."""

from dataclasses import dataclass

from handset.smpp import pdu, text
from handset.smpp.pdu import MalformedError, Short

_OCTETS = 140
_REFERENCE_8, _REFERENCE_16 = 0x00, 0x08


class TooLongError(Exception):
    """More than fits into one SMS."""


@dataclass(slots=True)
class Fragment:
    """One SMS as it travelled. total 1: it is whole. on_air: SMS that it takes."""

    text: str
    encoding: str
    reference: int = 0
    total: int = 1
    number: int = 1
    on_air: int = 1
    flash: bool = False


def read(short: Short) -> Fragment:
    """Read the part that a submit_sm carries. Raises MalformedError, TooLongError."""
    encoding = text.encoding_of(short.data_coding)
    header, octets = _take_header(short)
    fragment = Fragment("", encoding, flash=text.is_flash(short.data_coding))
    if pdu.MESSAGE_PAYLOAD not in short.optional:
        _fits(len(header), octets, encoding)
    fragment.text = text.decode(octets, encoding)
    if pdu.MESSAGE_PAYLOAD in short.optional and not header:
        fragment.on_air = text.parts_on_air(fragment.text)
    _number(fragment, header, short)
    if not 1 <= fragment.number <= fragment.total:
        raise MalformedError("a part's number is outside its total")
    return fragment


def _take_header(short: Short) -> tuple[bytes, bytes]:
    content = short.optional.get(pdu.MESSAGE_PAYLOAD, short.message)
    if not short.esm_class & pdu.HAS_HEADER:
        return b"", content
    if not content or len(content) <= content[0]:
        raise MalformedError("a user data header longer than its message")
    length = 1 + content[0]
    return content[:length], content[length:]


def _fits(header: int, octets: bytes, encoding: str) -> None:
    """Refuse what a network would: 140 octets, which are 160 septets, header included."""
    room = (_OCTETS - header) * 8 // 7 if encoding == text.GSM7 else _OCTETS - header
    if len(octets) > room:
        raise TooLongError(f"{len(octets)} where {room} fit")


def _number(fragment: Fragment, header: bytes, short: Short) -> None:
    if header:
        for name, value in _elements(header[1:]):
            if name == _REFERENCE_8 and len(value) == 3:  # noqa: PLR2004 - reference, total, number
                fragment.reference, fragment.total, fragment.number = value
            elif name == _REFERENCE_16 and len(value) == 4:  # noqa: PLR2004 - the same, reference of two octets
                fragment.reference = int.from_bytes(value[:2], "big")
                fragment.total, fragment.number = value[2], value[3]
        return
    if pdu.SAR_TOTAL in short.optional:
        fragment.reference = int.from_bytes(short.optional.get(pdu.SAR_REFERENCE, b""), "big")
        fragment.total = int.from_bytes(short.optional[pdu.SAR_TOTAL], "big")
        fragment.number = int.from_bytes(short.optional.get(pdu.SAR_NUMBER, b""), "big")


def _elements(header: bytes) -> list[tuple[int, bytes]]:
    found = []
    at = 0
    while at + 2 <= len(header):
        length = header[at + 1]
        found.append((header[at], header[at + 2 : at + 2 + length]))
        at += 2 + length
    if at != len(header):
        raise MalformedError("a user data header that does not add up")
    return found
