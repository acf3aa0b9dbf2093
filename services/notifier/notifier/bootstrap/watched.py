"""What changes wakes those who watch it."""

from chassis.postgres.batch import Batch
from notifier.adapters.wakes import DESK
from notifier.application import desk_clock
from notifier.bootstrap.ground import Ground
from notifier.domain.acknowledgement import Acknowledgement
from notifier.domain.alert import Alert

_DESK_TIMERS = (f"{desk_clock.CLAIM}:", f"{desk_clock.REST}:")


def wake_watchers(ground: Ground, committed: Batch) -> None:
    """Somebody answered, an alert came or ends, or the desk's clocks were wound, as by all that happens there."""
    changed = [one.alert for one in committed.changed(Acknowledgement)]
    changed += [one.id for one in committed.changed(Alert)]
    if changed:
        ground.news.changed(changed)
    if any(timer.startswith(_DESK_TIMERS) for timer in committed.wrote.timers):
        ground.wakes.everywhere(DESK)
