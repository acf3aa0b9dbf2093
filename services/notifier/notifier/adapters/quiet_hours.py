"""The quiet hours: the region's (`quiet_hours: {from: "21:00", until: "06:00"}`), or those of a trial."""

from collections.abc import Callable
from datetime import datetime, time

from chassis.region.pack import Region
from notifier.domain.quiet_hours import QuietHours

REGION, OFF = "region", "off"


def read_span(text: str) -> str:
    """Check what a setting says: `region`, `off` or `21:00-06:00`. Raises ValueError."""
    word = text.strip().lower()
    if word not in {REGION, OFF}:
        _span(*word.split("-"))
    return word


def quiet_hours(region: Region, said: str) -> Callable[[datetime], bool] | None:
    """Whether routine waits at a moment; None where it never does. Raises ValueError naming what is wrong."""
    if said == OFF:
        return None
    if said != REGION:
        return QuietHours(*_span(*said.split("-")), region.timezone).hold
    given = (region.section("region") or {}).get("quiet_hours")
    if not isinstance(given, dict) or set(given) != {"from", "until"}:
        raise ValueError('region.yaml: quiet_hours must be {from: "HH:MM", until: "HH:MM"}')
    try:
        return QuietHours(*_span(str(given["from"]), str(given["until"])), region.timezone).hold
    except ValueError:
        raise ValueError('region.yaml: from and until of quiet_hours are written "HH:MM", in quotes') from None


def _span(*written: str) -> tuple[time, time]:
    begin, end = map(time.fromisoformat, written)
    return begin, end
