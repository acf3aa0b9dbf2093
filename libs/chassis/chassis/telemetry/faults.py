"""How an exception is told in a log line: its class and where it came from. Its text only where we wrote it.

An exception's text quotes what it choked on (`invalid literal for int(): 'Siti'`), which no pattern can recognise as
a name. So the text of a class that is not listed as safe is withheld; class, file, line and function find the bug.
"""

import traceback
from types import TracebackType
from typing import Any

from chassis.kernel.errors import Poison, Transient
from chassis.telemetry.redaction import redact_text

SAFE: tuple[type[BaseException], ...] = (OSError, Transient, Poison)
_DEPTH = 12  # frames told, the innermost ones
_CHAIN = 4  # causes told


def tell(error: BaseException) -> list[dict[str, Any]]:
    """The error and its causes, outermost first."""
    told: list[dict[str, Any]] = []
    each: BaseException | None = error
    while each is not None and len(told) < _CHAIN:
        told.append(_one(each))
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
    return told


def _one(error: BaseException) -> dict[str, Any]:
    one: dict[str, Any] = {"class": f"{type(error).__module__}.{type(error).__qualname__}"}
    if isinstance(error, SAFE):
        one["says"] = redact_text(str(error))
    one["at"] = _frames(error.__traceback__)
    return one


def _frames(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-_DEPTH:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
