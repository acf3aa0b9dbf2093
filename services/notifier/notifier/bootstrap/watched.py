"""What changes wakes those who watch it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from chassis.postgres.batch import Batch
from notifier.adapters.alert_news import AlertNews
from notifier.adapters.deliveries import LaneDeliveries
from notifier.adapters.wakes import DESK
from notifier.application import desk_clock
from notifier.application.ports import Claimed, Outcome
from notifier.bootstrap.ground import Ground
from notifier.domain.acknowledgement import Acknowledgement
from notifier.domain.alert import Alert

_DESK_TIMERS = (f"{desk_clock.CLAIM}:", f"{desk_clock.REST}:")


class WatchedDeliveries(LaneDeliveries):
    """Deliveries of which those who watch their alerts hear."""

    def __init__(self, news: AlertNews, *more: Any) -> None:
        super().__init__(*more)
        self._alert_news = news

    async def turn(
        self, queue: int, outcomes: Sequence[Outcome], low: int, high: int, now: datetime
    ) -> list[Claimed]:
        """Store outcomes and claim the next."""
        claimed = await super().turn(queue, outcomes, low, high, now)
        self._alert_news.changed(one.claimed.alert for one in outcomes)
        return claimed


def wake_watchers(ground: Ground, committed: Batch) -> None:
    """Somebody answered, an alert came or ends, or the desk's clocks were wound, as by all that happens there."""
    changed = [one.alert for one in committed.changed(Acknowledgement)]
    changed += [one.id for one in committed.changed(Alert)]
    if changed:
        ground.news.changed(changed)
    if any(timer.startswith(_DESK_TIMERS) for timer in committed.wrote.timers):
        ground.wakes.everywhere(DESK)
