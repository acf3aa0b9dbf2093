"""Codes in what people type: which one is meant, and which could be none."""

import re
from collections.abc import Callable
from types import MappingProxyType

from chassis.kernel.codes import INCIDENT, MOTHER, PICKUP, REFERRAL, WARNING, WASTE_REPORT, as_code
from chassis.kernel.fields import Typed
from wire.dialogue.asking import Asked, once_more
from wire.dialogue.words import Fields

CODE = "kode"
EXAMPLES = MappingProxyType(
    {MOTHER: "M7K2P", REFERRAL: "R2K7P", WASTE_REPORT: "S7K2P", PICKUP: "J7K2P", INCIDENT: "B7K2P", WARNING: "P7K2P"}
)
_CODE_LIKE = re.compile(r"[A-Z](?=[A-Z0-9]*\d)[A-Z0-9]{1,5}", re.IGNORECASE)
_ANY_KIND = 4
"""From this length on, letters with a digit are meant as a code even where the letter names another kind."""


def take_code(text: str, kinds: str) -> tuple[str, str]:
    """Part a text at its code: (`M7K2P`, the rest). The code is empty where the text begins with none.

    What looks like a code but is none (a letter that codes do not use) is given as one, for the error to name it.
    """
    first, _, rest = text.strip().partition(" ")
    bare = first.strip(".,;:#").upper()
    if as_code(bare, kinds) or _like_code(bare, kinds):
        return bare, rest.strip()
    return "", text.strip()


def _like_code(bare: str, kinds: str) -> bool:
    return bool(_CODE_LIKE.fullmatch(bare)) and (bare[0] in kinds or len(bare) >= _ANY_KIND)


def read_code(typed: Typed) -> Fields:
    """A code, or nothing."""
    text = " ".join(typed.fields)
    return {CODE: text} if text else {}


def read_code_and(field: str, kinds: str) -> Callable[[Typed], Fields]:
    """Make the reader of `J7K2P the rest`: the code, and the rest as one field."""

    def read(typed: Typed) -> Fields:
        code, rest = take_code(" ".join(typed.fields), kinds)
        return {name: text for name, text in ((CODE, code), (field, rest)) if text}

    return read


def checked_code(fields: Fields, kinds: str) -> str | None:
    """The code that was given, or None. Raises Asked for one that cannot be."""
    text = fields.get(CODE, "")
    if not text:
        return None
    code = as_code(text, kinds)
    if code is None:
        raise wrong_code(kinds)
    return code


def wrong_code(kinds: str) -> Asked:
    """It is no code of these kinds."""
    return Asked(CODE, f"{CODE} salah: {_allowed(kinds)}. {once_more(CODE, EXAMPLES[kinds[0]])}")


def missing_code(kinds: str) -> Asked:
    """A code must be given here."""
    return Asked(CODE, f"{CODE} belum ada: {_allowed(kinds)}. {once_more(CODE, EXAMPLES[kinds[0]])}")


def _allowed(kinds: str) -> str:
    return f"{' atau '.join(kinds)} dan 4 huruf/angka"
