"""Takes out of log lines whatever could point at a person. Logs hold ids, counts and states, nothing else."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from enum import Enum
from pathlib import PurePath
from typing import Any
from uuid import UUID

MASK = "***"
PERSONAL = frozenset(
    {
        *("name", "names", "nama", "initials", "husband", "birth", "nik"),
        *("phone", "phones", "msisdn", "sender", "recipient", "address", "alamat", "latitude", "longitude"),
        *("text", "texts", "body", "caption", "values", "content", "payload"),
        *("token", "password", "secret", "authorization"),
    }
)
"""Last words of keys whose values are never shown: `mother_name` and `name` both."""

_KEPT = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|\b[0-9a-f]{32}\b"  # uuids and trace ids may look like numbers
_NIK = r"(?<!\d)\d(?:[ .-]?\d){15}(?!\d)"
_PHONE = r"(?<![\w.])(?:\+?\s?62|0)[ .-]?8\d(?:[ .-]?\d){6,11}(?!\d)"
_FOUND = re.compile(f"({_KEPT})|{_NIK}|{_PHONE}", re.IGNORECASE)
_PLAIN = (bool, float, type(None))
_IDS_AND_TIMES = (UUID, date, timedelta)  # a datetime is a date; some look like numbers of phones
_SPELLED = (Enum, PurePath)


def redact_text(text: str) -> str:
    """Mask NIKs (16 digits) and Indonesian mobile numbers, however they are spaced; keep ids."""
    return _FOUND.sub(lambda match: match[1] or MASK, text)


def redact(value: Any) -> Any:
    """Mask within a value. What is neither plain nor a container is told by its type alone: a repr shows fields."""
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, Mapping):
        return {str(key): MASK if is_personal(str(key)) else redact(each) for key, each in value.items()}
    return _redact_other(value)


def is_personal(key: str) -> bool:
    """Say whether values under this key are never shown."""
    return re.split(r"[._-]", key.lower())[-1] in PERSONAL


def _redact_other(value: Any) -> Any:
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(each) for each in value]
    if isinstance(value, int):
        masked = redact_text(str(value))
        return value if masked == str(value) else masked
    if isinstance(value, _IDS_AND_TIMES):
        return str(value)
    if isinstance(value, _SPELLED):
        return redact_text(str(value))
    return f"<{type(value).__name__}>"
