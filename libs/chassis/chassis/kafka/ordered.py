"""Order within a key while a batch is tried: nothing of a key is done before what stands in front of it."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from copy import copy
from typing import Any

from chassis.kafka.events import Event
from chassis.kernel.errors import Transient
from chassis.kernel.work import Work
from chassis.postgres.step import Step


class Behind(Transient):
    """An event in front of this one, with the same key, must be tried again first."""


def in_order(events: Sequence[Event]) -> list[Step[Any]]:
    """Give the events' steps so guarded that one whose predecessor fails for now fails as well.

    The boundary runs handlers several times; a mark is taken back when its own step is run again.
    """
    waiting: dict[bytes, int] = {}
    times = Counter([event.key for event in events])
    times[None] = 1  # these have no order among themselves
    return [_guarded(event, place, waiting, times[event.key]) for place, event in enumerate(events)]


def _guarded(event: Event, place: int, waiting: dict[bytes, int], times: int) -> Step[Any]:
    step, key = event.step, event.key
    if step is None:
        raise ValueError("an event without a step has nothing to run")
    if key is None or times == 1:
        return step
    guarded = copy(step)  # a third of the time of dataclasses.replace
    guarded.handle = _handle(step.handle, key, place, waiting)
    return guarded


def _handle(
    handle: Callable[[Work], Awaitable[Any]], key: bytes, place: int, waiting: dict[bytes, int]
) -> Callable[[Work], Awaitable[Any]]:
    async def guarded(work: Work) -> Any:
        if waiting.get(key, place) < place:
            raise Behind("an earlier event of this key is tried again")
        waiting.pop(key, None)
        try:
            return await handle(work)
        except Transient:
            waiting[key] = place
            raise

    return guarded
