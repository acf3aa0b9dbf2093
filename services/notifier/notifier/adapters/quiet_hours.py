"""The quiet hours: the region's (`quiet_hours: {from: "21:00", until: "06:00"}`), or those of a trial."""

from collections.abc import Callable
from datetime import datetime, time

from chassis.region.pack import Region
from notifier.adapters.hours import read_hour, read_hours
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
    return QuietHours(*read_hours(region, "quiet_hours"), region.timezone).hold


def _span(*written: str) -> tuple[time, time]:
    begin, end = map(read_hour, written)
    return begin, end
