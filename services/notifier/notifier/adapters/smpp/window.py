"""The window: at most so many requests without an answer on one link; the rest waits its turn, by lane."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from notifier.adapters.gate import Gate
from notifier.application.carrier_errors import CarrierDown, CarrierError, TryLater
from notifier.application.carriers import Answer
from notifier.application.coming import Coming
from notifier.domain.lane import Lane

Response = tuple[int, str]  # status, message id

Batch = Coming[Response | Answer]
"""Requests that are sent together."""


class _Sent(NamedTuple):
    """A request without an answer: where that goes, and until when it is waited for."""

    batch: Batch
    place: int
    deadline: float
    lane: Lane


class Window:
    """Slots and those who wait for one. A slot is free again when the carrier answered or its time is over, not when
    the caller lost interest: an abandoned message is still on its way.
    """

    def __init__(self, size: int, reserve: int = 0) -> None:
        self._gate = Gate(size, reserve)
        self._in_flight: dict[int, _Sent] = {}  # oldest first

    def load(self, lane: Lane) -> int:
        """How many are in flight or go before a newcomer of this lane."""
        return self._gate.load(lane)

    async def drained(self) -> None:
        """Wait until nothing is in flight; to be called after `close`."""
        await self._gate.empty()

    def has_turn(self, lane: Lane) -> bool:
        """Take a slot that is free now; then `begin` must follow at once. Raises what `close` was told."""
        return self._gate.enter_now(lane)

    async def turn(self, lane: Lane) -> None:
        """Wait for a slot; `begin` must follow at once. Raises what `close` was told."""
        await self._gate.enter(lane)

    def begin(self, sequence: int, deadline: float, lane: Lane, batch: Batch, place: int) -> None:
        """Take the slot; the batch gets the answer at its place."""
        self._in_flight[sequence] = _Sent(batch, place, deadline, lane)

    def answer(self, sequence: int, answer: Response) -> bool:
        """Give a slot's answer; False where nobody waits for it (too late, or never asked)."""
        found = self._in_flight.pop(sequence, None)
        if found is None:
            return False
        found.batch.put(found.place, answer)
        self._gate.leave(found.lane)
        return True

    def expire(self, now: float) -> int:
        """Fail what was not answered in time; how many."""
        late = list(self._late(now))
        for sequence in late:
            sent = self._in_flight.pop(sequence)
            sent.batch.put(sent.place, TryLater("response_timeout", ambiguous=True))
            self._gate.leave(sent.lane)
        return len(late)

    def close(self, why: Callable[[], CarrierError]) -> None:
        """Let nobody in any more; those who wait fail at once with `why`, those in flight may be answered still."""
        self._gate.close(why)

    def lose(self, reason: str) -> None:
        """The link is gone: everything fails at once. What was in flight may have been sent."""
        self.close(lambda: CarrierDown(reason))
        lost = list(self._in_flight.values())
        self._in_flight.clear()
        for sent in lost:
            sent.batch.put(sent.place, TryLater(reason, ambiguous=True))
            self._gate.leave(sent.lane)

    def _late(self, now: float) -> Iterator[int]:
        for sequence, sent in self._in_flight.items():
            if sent.deadline > now:
                return
            yield sequence
