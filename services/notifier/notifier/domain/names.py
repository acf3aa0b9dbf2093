"""Names as people are looked for: by their words, or the beginnings of these, in any order and without titles."""

import re
import unicodedata
from collections.abc import Sequence

LONGEST_BEGINNING = 12
"""Beginnings that are kept, in letters: who types more is compared with the name itself."""

SHORTEST_BEGINNING = 2

_TITLES = """
bu ibu pak bapak bpk mbak mas kak bang bidan bd dr drg dokter ns suster h hj haji hajah kh ust ustad ustadz kiai nyai
kades lurah sdr sdri tn ny nn
"""
TITLES = frozenset(_TITLES.split())
"""Words before names: who asks for Bu Sri does not know that she is written Bidan Sri."""


def words_of(name: str) -> list[str]:
    """The words of a name in small letters, without accents and signs; titles only where there is nothing else."""
    plain = "".join(
        letter for letter in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(letter)
    )
    words = re.findall(r"[^\W_]+", plain)
    return [word for word in words if word not in TITLES] or words


def beginnings_of(name: str) -> set[str]:
    """What a name is found by: every beginning of each word."""
    return {
        word[:length]
        for word in words_of(name)
        for length in range(min(SHORTEST_BEGINNING, len(word)), min(LONGEST_BEGINNING, len(word)) + 1)
    }


def looked_up(words: Sequence[str]) -> list[str]:
    """The beginnings to look up for words that somebody typed; single letters say too little, and are left out."""
    return sorted({word[:LONGEST_BEGINNING] for word in words if len(word) >= SHORTEST_BEGINNING})


def fits(words: Sequence[str], name: str) -> bool:
    """Whether each word typed begins a word of the name."""
    there = words_of(name)
    return all(any(each.startswith(word) for each in there) for word in words)


def masked_name(name: str) -> str:
    """The first letter of each word and dots: enough to tell whether it is the one who is meant."""
    return " ".join(f"{word[0]}..." for word in name.split())


def masked_phone(phone: str) -> str:
    """Dots and the last three digits; empty stays empty."""
    return f"...{phone[-3:]}" if phone else ""
