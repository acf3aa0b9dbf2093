"""What is due: answers that did not come."""

from collections.abc import Callable

from chassis.kernel.work import Timer
from chassis.postgres.step import Step
from destana.application.miss_acknowledgements import miss_acknowledgements
from destana.entrypoints.scene import World


def timers(world: World) -> dict[str, Callable[[Timer], Step[None]]]:
    """Give the step of each kind of timer."""
    return {
        "acknowledgements_due": lambda timer: Step(
            None, lambda work: miss_acknowledgements(timer, work, world.rules, world.places), timer=timer
        )
    }
