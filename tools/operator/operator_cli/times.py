"""Times and durations for people: as the clocks of the regency show them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from google.protobuf.timestamp_pb2 import Timestamp

HERE = ZoneInfo("Asia/Jakarta")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des")
_UNITS = ((86_400, "hari"), (3_600, "jam"), (60, "menit"), (1, "detik"))


def moment(message: object, field: str) -> datetime | None:
    """A field of a message that holds a time; None where it is absent."""
    if not message.HasField(field):  # type: ignore[attr-defined]  # any generated message
        return None
    stamp: Timestamp = getattr(message, field)
    return stamp.ToDatetime(UTC)


def clock(at: datetime | None) -> str:
    """A moment: `25 Nov 2026 14.05.09`; empty for none."""
    if at is None:
        return ""
    here = at.astimezone(HERE)
    return f"{here.day} {_MONTHS[here.month - 1]} {here.year} {here:%H.%M.%S}"


def clock_of(text: str) -> str:
    """A moment written in ISO 8601; what is none stays as it is."""
    try:
        return clock(datetime.fromisoformat(text))
    except ValueError:
        return text


def age(at: datetime | None, now: datetime) -> str:
    """How long ago: `3 menit`, `2 jam 5 menit`; empty for none."""
    return "" if at is None else duration(now - at)


def duration(span: timedelta) -> str:
    """The two largest units of a duration, none below a second."""
    left = max(int(span.total_seconds()), 0)
    parts: list[str] = []
    for size, word in _UNITS:
        count, left = divmod(left, size)
        if count or parts:
            parts.append(f"{count} {word}" if count else "")
    return " ".join(part for part in parts[:2] if part) or "0 detik"
