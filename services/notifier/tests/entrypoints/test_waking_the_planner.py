"""A commit wakes the planner of those lanes of which an alert changed, and no other."""

from types import SimpleNamespace
from unittest.mock import Mock

from notifier.adapters.wakes import Wakes
from notifier.bootstrap.planning import wake_planner
from notifier.domain.alert import Alert
from notifier.domain.lane import Lane


def test_only_the_lane_of_an_alert_that_changed_is_woken():
    wakes = Wakes()
    waiting = {lane: wakes.event(f"plan:{lane.word}") for lane in Lane}
    committed = Mock()
    committed.changed.return_value = [SimpleNamespace(lane=Lane.URGENT)]
    wake_planner(wakes, committed)
    committed.changed.assert_called_once_with(Alert)
    assert [lane for lane, event in waiting.items() if event.is_set()] == [Lane.URGENT]
