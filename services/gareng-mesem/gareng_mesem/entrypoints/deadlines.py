"""What is due: offers that nobody answered, targets that passed."""

from collections.abc import Callable

from chassis.kernel.work import Timer
from chassis.postgres.step import Step
from gareng_mesem.application.expire_offer import expire_offer
from gareng_mesem.application.miss_target import miss_target
from gareng_mesem.entrypoints.scene import World


def timers(world: World) -> dict[str, Callable[[Timer], Step[None]]]:
    """Give the step of each kind of timer."""
    return {
        "offer_expired": lambda timer: Step(
            None, lambda work: expire_offer(timer, work, world.places, world.clocks), timer=timer
        ),
        "target_missed": lambda timer: Step(None, lambda work: miss_target(timer, work, world.places), timer=timer),
    }
