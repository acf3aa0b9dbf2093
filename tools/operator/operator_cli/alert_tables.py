"""Alerts as tables."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from kentongan.notifier.v1 import alert_views_pb2 as pb
from operator_cli.messages import word
from operator_cli.output import table
from operator_cli.times import age, clock, moment

_FUNNEL = {
    "penerima": "audience",
    "siap": "planned",
    "menunggu": "waiting",
    "terkirim": "sent",
    "sampai": "delivered",
    "dibaca": "read",
    "dijawab": "acknowledged",
    "gagal": "failed",
    "batal": "dropped",
    "belum pasti": "unclear",
}
_LISTED = ("penerima", "menunggu", "terkirim", "sampai", "dibaca", "dijawab", "gagal")
LIST = ("masuk", "jalur", "pesan", "keadaan", *_LISTED, "id")
_STATES = {
    "planning": "disiapkan",
    "planned": "selesai",
    "cancelling": "dibatalkan",
    "cancelled": "batal",
    "duplicate": "ulangan",
    "rejected": "ditolak",
}
_PARTS: Mapping[int, str] = {
    pb.FUNNEL_BY_CHANNEL: "saluran",
    pb.FUNNEL_BY_CARRIER: "penyedia",
    pb.FUNNEL_BY_REASON: "sebab",
    pb.FUNNEL_BY_PLACE: "tempat",
}
_MOST_PLACES = 20


def row(alert: Any) -> tuple[object, ...]:
    """An alert in a list."""
    numbers = [getattr(alert.funnel, _FUNNEL[name]) for name in _LISTED]
    lane = word(alert, "lane").replace("_", "-")
    return (clock(moment(alert, "accepted_at")), lane, alert.template, _state(alert), *numbers, alert.alert_id)


def drawn(found: Mapping[int, Any]) -> Iterator[RenderableType]:
    """One alert: what it is, how far it is, its parts."""
    alert = next(iter(found.values())).alert
    yield Text("\n".join(_head(alert)))
    numbers = [getattr(alert.funnel, field) for field in _FUNNEL.values()]
    yield table(tuple(_FUNNEL), [numbers])
    for by, one in found.items():
        if any(part.key for part in one.parts):
            yield Text("")
            yield _part(by, one.parts)


def _head(alert: Any) -> Iterator[str]:
    now = datetime.now(UTC)
    accepted, expires = moment(alert, "accepted_at"), moment(alert, "expires_at")
    yield f"{alert.template} ({word(alert, 'lane').replace('_', '-')}), {_state(alert)}"
    yield f"masuk {clock(accepted)} ({age(accepted, now)} lalu), berlaku sampai {clock(expires)}"
    if (by := moment(alert, "acknowledge_by")) is not None:
        yield f"harus dijawab sebelum {clock(by)}"


def _state(alert: Any) -> str:
    state = "dikirim" if alert.running and alert.state == "planned" else _STATES.get(alert.state, alert.state)
    return f"{state}: {alert.reason}" if alert.reason else state


def _part(by: int, parts: Any) -> RenderableType:
    shown = parts[:_MOST_PLACES] if by == pb.FUNNEL_BY_PLACE else parts
    rows = [(_name(part), *(getattr(part.funnel, field) for field in _FUNNEL.values())) for part in shown]
    if len(parts) > len(shown):
        rows.append((f"dan {len(parts) - len(shown)} tempat lain (--json menyebut semua)",))
    return table((_PARTS[by], *_FUNNEL), rows)


def _name(part: Any) -> str:
    if not part.key:
        return "-"
    return part.name if part.name == part.key else f"{part.name} ({part.key})"
