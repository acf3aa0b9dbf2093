"""The user data header, as far as it says which part of a long message this is (3GPP TS 23.040, 9.2.3.24)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PartOf:
    """Part `number` (from 1) of `total`."""

    reference: int
    total: int
    number: int


def concatenation(part: PartOf) -> bytes:
    """The header of one part, with the 8-bit reference that every phone knows: six bytes."""
    return bytes((5, 0x00, 3, part.reference & 0xFF, part.total, part.number))


def take_off(data: bytes) -> tuple[PartOf | None, bytes]:
    """Split a message with a header into what the header says of parts, and the rest.

    Raises ValueError where the header does not fit its own lengths.
    """
    if not data or 1 + data[0] > len(data):
        raise ValueError("header longer than the message")
    header, rest = data[1 : 1 + data[0]], data[1 + data[0] :]
    part: PartOf | None = None
    while header:
        if len(header) < 2 or 2 + header[1] > len(header):  # noqa: PLR2004 - an element is its tag, its length, and so much more
            raise ValueError("header element cut off")
        element, header = header[: 2 + header[1]], header[2 + header[1] :]
        part = _part(element) or part
    return part, rest


def part_of(reference: int, total: int, number: int) -> PartOf | None:
    """The part, or None where the numbers make no sense or it is the only one."""
    return PartOf(reference, total, number) if total > 1 and 1 <= number <= total else None


def _part(element: bytes) -> PartOf | None:
    match tuple(element):
        case (0x00, 3, reference, total, number):
            return part_of(reference, total, number)
        case (0x08, 4, high, low, total, number):
            return part_of(high << 8 | low, total, number)
        case _:
            return None
