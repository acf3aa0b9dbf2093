"""A text as the parts of a short message. The limits are those of one 140-byte message (3GPP TS 23.040, 9.2.3.24)."""

from dataclasses import dataclass
from itertools import pairwise

from chassis.kernel.errors import Reject
from notifier.domain.text import gsm0338
from notifier.domain.text.coding import Coding
from notifier.domain.text.transliteration import transliterate

MAX_PARTS = 10  # a person reads no more; the header's own limit is 255
MAX_INCOMING_PARTS = 20  # what somebody may write to us
MAX_INCOMING_TEXT = 3060  # characters, those parts full: less than what a field message may hold
_SINGLE = {Coding.GSM7: 160, Coding.UCS2: 140}  # bytes: septets; 70 units of two
_FIRST_OF_PAIR = range(0xD8, 0xDC)  # the high byte of a high surrogate
_EACH = {Coding.GSM7: 153, Coding.UCS2: 134}  # with a header of six bytes


@dataclass(frozen=True, slots=True)
class Written:
    """A text in bytes, without any header; more than one part needs a header in each (or sar_*)."""

    coding: Coding
    parts: tuple[bytes, ...]


def write(text: str, *, unicode_supported: bool = True, max_parts: int = MAX_PARTS) -> Written:
    """Choose the alphabet and cut; a character is never cut through.

    Raises Reject (`too_many_parts`).
    """
    coding, data = _bytes(text, unicode_supported=unicode_supported)
    parts = tuple(_cut(data, coding))
    if len(parts) > max_parts:
        raise Reject(
            "text", "too_many_parts", f"pesan terlalu panjang: {len(parts)} bagian, paling banyak {max_parts}"
        )
    return Written(coding, parts)


def part_count(text: str, *, unicode_supported: bool = True) -> int:
    """How many parts the text needs, whatever their number: for the lint of templates and for pacing."""
    coding, data = _bytes(text, unicode_supported=unicode_supported)
    return sum(1 for _ in _cut(data, coding))


def _bytes(text: str, *, unicode_supported: bool) -> tuple[Coding, bytes]:
    septets = gsm0338.encode(text if unicode_supported else transliterate(text))
    if septets is not None:
        return Coding.GSM7, septets
    return Coding.UCS2, text.encode("utf-16-be", "replace")  # half a surrogate pair becomes "?"


def _cut(data: bytes, coding: Coding) -> list[bytes]:
    if len(data) <= _SINGLE[coding]:
        return [data]
    cuts = [0]
    while cuts[-1] < len(data):
        cuts.append(_end(data, coding, cuts[-1] + _EACH[coding]))
    return [data[start:end] for start, end in pairwise(cuts)]


def _end(data: bytes, coding: Coding, end: int) -> int:
    """Where a part ends that may reach `end`: one character earlier where the next would be cut through."""
    if end >= len(data):
        return len(data)
    if coding is Coding.GSM7:
        return end - 1 if data[end - 1] == gsm0338.ESCAPE else end
    return end - 2 if data[end - 2] in _FIRST_OF_PAIR else end
