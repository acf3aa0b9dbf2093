"""When routine waits."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from notifier.domain.quiet_hours import QuietHours

JAKARTA = ZoneInfo("Asia/Jakarta")


@pytest.mark.parametrize(
    ("local", "held"),
    [("20:59", False), ("21:00", True), ("23:59", True), ("00:00", True), ("05:59", True), ("06:00", False)],
)
def test_the_night_passes_midnight(local, held):
    hour, minute = map(int, local.split(":"))
    moment = datetime(2026, 11, 25, hour, minute, tzinfo=JAKARTA).astimezone(UTC)
    assert QuietHours(time(21), time(6), JAKARTA).hold(moment) is held


@pytest.mark.parametrize(("hour", "held"), [(11, False), (12, True), (13, True), (14, False)])
def test_a_span_within_the_day(hour, held):
    moment = datetime(2026, 11, 25, hour, tzinfo=JAKARTA)
    assert QuietHours(time(12), time(14), JAKARTA).hold(moment) is held
