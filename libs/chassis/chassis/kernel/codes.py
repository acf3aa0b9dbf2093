"""Short codes that people read out and type: one letter for the kind, four characters of an alphabet without
look-alikes (messages.md, "Codes").
"""

import re
import secrets

ALPHABET = "23456789ACDEFGHJKMNPQRTUVWXY"
LENGTH = 4
MOTHER, REFERRAL, WASTE_REPORT, PICKUP, INCIDENT, WARNING = "M", "R", "S", "J", "B", "P"

_CODE = re.compile(f"[MRSJBP][{ALPHABET}]{{{LENGTH}}}")


def new_code(kind: str) -> str:
    """A random code of the kind. It is free until a unique index says otherwise (614,656 per kind)."""
    return kind + "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def codes_in(text: str, kinds: str) -> tuple[str, ...]:
    """The codes of these kinds that stand in a text, as `as_code` gives them: what a message is likely to ask for."""
    return tuple(dict.fromkeys(code for word in text.split() if (code := as_code(word, kinds))))


def as_code(text: str, kinds: str = "MRSJBP") -> str | None:
    """The code that `text` is, in capitals, or None when it is none of these kinds."""
    candidate = text.strip().upper()
    return candidate if _CODE.fullmatch(candidate) and candidate[0] in kinds else None
