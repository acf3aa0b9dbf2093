"""Reading factor words and danger signs. In BUMIL and SKOR a word is a factor first, a danger sign second."""

import re
from dataclasses import dataclass

from chassis.kernel.fields import near_miss
from telponi.domain.danger_signs import PHRASES, SIGNS_AND_ROWS, DangerSign
from telponi.domain.kspr import in_order
from telponi.domain.kspr_rows import FACTOR_WORDS
from wire.dialogue.asking import Asked

FACTORS = "faktor"
_LONGEST = max(len(phrase.split()) for phrase in PHRASES)


@dataclass(frozen=True, slots=True)
class Observed:
    """Rows of the score card and danger signs, and the words that are neither."""

    rows: tuple[str, ...]
    signs: tuple[DangerSign, ...]
    unknown: tuple[str, ...]
    known: tuple[str, ...]


def read_observed(text: str) -> Observed:
    """Read factors and signs from a text."""
    words = re.findall(r"[^\W_]+", text.upper())
    rows: set[str] = set()
    signs: dict[DangerSign, None] = {}
    unknown: list[str] = []
    known: list[str] = []
    while words:
        length, row, sign = _next(words)
        if row:
            rows.add(row)
        if sign:
            signs[sign] = None
        (known if row or sign else unknown).extend(words[:length])
        words = words[length:]
    return Observed(in_order(rows), tuple(signs), tuple(unknown), tuple(known))


def is_observation(text: str) -> bool:
    """Whether a field holds nothing but factors and signs."""
    observed = read_observed(text)
    return bool(observed.known) and not observed.unknown


def checked_observed(text: str) -> Observed:
    """Read factors and signs. Raises Asked for a word that is neither, offering the one that is near."""
    observed = read_observed(text)
    if observed.unknown:
        odd = observed.unknown[0]
        near = near_miss(odd, {*FACTOR_WORDS, *PHRASES})
        hint = f"maksudnya {near}?" if near else "tidak dikenal."
        example = near or "SESAR"
        raise Asked(
            FACTORS,
            f"faktor {odd[:20]} {hint} Kirim faktor itu saja, contoh: {example}. Daftar: BANTUAN SKOR",
            kept=" ".join(observed.known),
        )
    return observed


def _next(words: list[str]) -> tuple[int, str | None, DangerSign | None]:
    """How many words belong together at the start, and what they name."""
    for length in range(min(_LONGEST, len(words)), 1, -1):
        if row := FACTOR_WORDS.get("".join(words[:length])):
            return length, row, None
        if sign := PHRASES.get(" ".join(words[:length])):
            return length, SIGNS_AND_ROWS.get(sign), sign
    row = FACTOR_WORDS.get(words[0])
    return 1, row, None if row else PHRASES.get(words[0])
