"""The nearest words in the GSM alphabet, for carriers that know nothing else."""

import unicodedata

from notifier.domain.text import gsm0338

_NEAREST = {
    "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u2032": "'", "`": "'", "\u00b4": "'", "\u02bc": "'",
    "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u2033": '"', "«": '"', "»": '"',
    "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-",
    "\u2022": "*", "·": ".", "\u00d7": "x", "\u2044": "/", "÷": "/", "°": " derajat", "©": "(c)", "®": "(R)",
    "\u26a0": "!", "\u2757": "!", "\u2192": "->", "\u2190": "<-", "\t": " ", "\u2028": "\n", "ð": "d", "þ": "th",
    "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "\u0131": "i", "œ": "oe", "Œ": "OE",
}  # fmt: skip
_SILENT = {"Cf", "Mn", "Me", "So", "Sk"}  # joiners, accents, emoji and their colours: the words are read without them


def transliterate(text: str) -> str:
    """Write the text with what the GSM alphabet has. A letter without a neighbour becomes "?", an emoji nothing."""
    if gsm0338.encode(text) is not None:
        return text
    return "".join(_nearest(character) for character in unicodedata.normalize("NFC", text))


def _nearest(character: str) -> str:
    if gsm0338.has(character):
        return character
    if character in _NEAREST:
        return _NEAREST[character]
    taken_apart = unicodedata.normalize("NFKD", character)
    if taken_apart != character:
        return "".join(_nearest(piece) for piece in taken_apart)
    return "" if unicodedata.category(character) in _SILENT else "?"
