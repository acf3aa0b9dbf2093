"""Bytes of a short message as text."""

from notifier.domain.text import gsm0338
from notifier.domain.text.coding import Coding


def read(data: bytes, coding: Coding) -> str:
    """Read the bytes; never fails. What is not text becomes U+FFFD; binary is read as nothing, and so are zeros:
    PostgreSQL takes none.
    """
    return _decode(data, coding).replace("\0", "")


def _decode(data: bytes, coding: Coding) -> str:
    match coding:
        case Coding.GSM7:
            return gsm0338.decode(data)
        case Coding.UCS2:
            return data.decode("utf-16-be", "replace")
        case Coding.LATIN1:
            return data.decode("latin-1")
        case Coding.ASCII:
            return data.decode("ascii", "replace")
        case Coding.BINARY:
            return ""
