"""One carrier of a fleet: its pace, its circuit, and how it does."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from notifier.adapters.pacing import Pacer, PairPace
from notifier.application.carrier_errors import CarrierDown, CarrierError, ChannelStopped, Scope, Throttled, TryLater
from notifier.application.carriers import Answer, Answers, Carrier, Linked, answer_of, each_of, submit_all
from notifier.application.outgoing import Accepted, Outgoing
from notifier.domain.carrier_health import Health
from notifier.domain.circuit import Circuit
from notifier.domain.lane import Lane

STOPPED_FOR = 30.0  # seconds for which an account that is refused is left alone before it is asked again
_BETWEEN = "/"  # of a carrier's name and the id of a part that it took


@dataclass(frozen=True, slots=True)
class Limits:
    """What a carrier takes. `rate`: messages (SMS: parts) a second; `pair_*`: to one person; `window`: unanswered
    ones at a time. 0: no limit.
    """

    rate: float = 0.0
    pair_burst: int = 0
    pair_seconds: float = 6.0
    window: int = 0


class Member:
    """A carrier that is paced, and left alone when it fails."""

    def __init__(self, carrier: Carrier, limits: Limits, now: Callable[[], datetime]) -> None:
        self.carrier = carrier
        self.rate = limits.rate
        self._now = now
        self._pacer = Pacer(limits.rate)
        self._pairs = PairPace(limits.pair_burst, limits.pair_seconds)
        self._circuit = Circuit(asyncio.get_running_loop().time)
        self._window, self._under_way = limits.window, 0
        self._accepted = self._failed = self._throttled = 0
        self._reason = ""
        self._since, self._was_up = now(), False
        self._last_error = ""
        self._last_error_at: datetime | None = None
        self._fault: CarrierError | None = None

    @property
    def name(self) -> str:
        """The carrier's."""
        return self.carrier.name

    @property
    def ready(self) -> bool:
        """Whether a message would be handed over now."""
        return self.carrier.up and self._circuit.allows

    @property
    def rest(self) -> float:
        """Seconds for which it is left alone."""
        return self._circuit.left

    @property
    def may_be_tried(self) -> bool:
        """Whether it does not rest: a carrier that is down may be up again, and only a try tells."""
        return self._circuit.allows

    def wait(self, lane: Lane) -> float:
        """Seconds until it is a newcomer's turn."""
        return self._pacer.wait(lane)

    def demand(self) -> Lane | None:
        """The most urgent lane that sent since the last call, or waits."""
        return self._pacer.demand()

    def take_part(self, rate: float) -> None:
        """Send no more than this from now on: the rest is other processes'."""
        self._pacer.change(rate)

    def close(self) -> None:
        """Hand nothing over any more."""
        self._pacer.close()

    @property
    def is_free(self) -> bool:
        """Whether any number may go out at once: no pace is kept, and it did not fail."""
        return not self.rate and not self._pairs.limited and not self._circuit.is_open

    def submit_all(self, outgoings: Sequence[Outgoing]) -> Answers:
        """As `submit` each; together where they may go out at once."""
        if self.is_free:
            return self._together([self._own(outgoing) for outgoing in outgoings])
        return each_of([self.submit(outgoing) for outgoing in outgoings])

    async def _together(self, own: Sequence[Outgoing]) -> Answers:
        with self._handing_over(len(own)) as under_way:
            async for some in submit_all(self.carrier, own):
                under_way(-len(some))
                yield [(place, self._learnt(answer)) for place, answer in some]

    async def submit(self, outgoing: Outgoing) -> Accepted:
        """Pace it, hand it over, learn from what comes back. Raises CarrierError."""
        own = self._own(outgoing)
        # Only routine is held by our own count: a warning goes out, and the carrier itself says when it is too much.
        if own.lane is Lane.ROUTINE and (soon := self._pairs.wait(own.to, asyncio.get_running_loop().time())):
            raise Throttled(timedelta(seconds=soon), "pair_rate", scope=Scope.PERSON)
        if self.rate:
            await self._pacer.take(own.lane, self.carrier.cost(own))
        with self._handing_over(1):
            answer = self._learnt(await answer_of(self.carrier.submit(own)))
        if isinstance(answer, Accepted):
            return answer
        raise answer

    @contextmanager
    def _handing_over(self, count: int) -> Iterator[Callable[[int], None]]:
        """So many are under way in the block, less those of which it says that they came back."""
        left = 0

        def change(by: int) -> None:
            nonlocal left
            left += by
            self._under_way += by

        self._circuit.begin()
        change(count)
        try:
            yield change
        finally:
            change(-left)
            self._circuit.end()

    def _learnt(self, answer: Answer) -> Answer:
        """The answer with this carrier's name in it, after learning from it."""
        if isinstance(answer, Accepted):
            self._circuit.well()
            self._accepted += 1
            self._reason = ""
            return Accepted(answer.carrier_message_ids, self.carrier.name)
        if isinstance(answer, CarrierError):
            self._learn(answer)
            answer.accepted = tuple(f"{self.carrier.name}{_BETWEEN}{part}" for part in answer.accepted)
        return answer

    def health(self) -> Health:
        """How it does, for whoever looks."""
        now, up = self._now(), self.carrier.up and not self._circuit.is_open
        self._hear_of_links()
        if up is not self._was_up:
            self._was_up, self._since = up, now
        rests = now + timedelta(seconds=self.rest) if self.rest else None
        return Health(
            carrier=self.carrier.name,
            channel=self.carrier.channel,
            up=up,
            since=self._since,
            at=now,
            reason=self._why() if rests or not up else "",
            rests_until=rests,
            window=self._window,
            used=min(self._under_way, self._window or self._under_way),  # the others wait for a slot
            accepted=self._accepted,
            failed=self._failed,
            throttled=self._throttled,
            last_error=self._last_error,
            last_error_at=self._last_error_at,
        )

    def _hear_of_links(self) -> None:
        """A link that broke is told though nobody sends."""
        fault = self.carrier.fault if isinstance(self.carrier, Linked) else None
        if fault is not None and fault is not self._fault:
            self._fault = fault
            self._last_error = f"{fault.reason} ({fault.code})" if fault.code else fault.reason
            self._last_error_at = self._now()

    def _why(self) -> str:
        return self._fault.reason if self._fault and not self.carrier.up else self._reason

    def _own(self, outgoing: Outgoing) -> Outgoing:
        """Parts that another carrier took count for nothing here: the whole goes out."""
        if not outgoing.already_accepted:
            return outgoing
        mark = self.carrier.name + _BETWEEN
        parts = outgoing.already_accepted
        ours = all(part.startswith(mark) for part in parts)
        return outgoing._replace(already_accepted=tuple(part.removeprefix(mark) for part in parts) if ours else ())

    def _learn(self, error: CarrierError) -> None:
        match error:
            case Throttled(scope=Scope.CARRIER):
                self._circuit.asked_for_rest(error.retry_after.total_seconds())
                self._throttled += 1
            case ChannelStopped():
                self._circuit.asked_for_rest(STOPPED_FOR)
                self._failed += 1
            case CarrierDown():
                pass  # `up` tells when it is back
            case TryLater():
                self._circuit.failed()
                self._failed += 1
            case _:  # it is about this message: the carrier does what it is for
                self._circuit.well()
                return
        self._reason = self._last_error = error.reason
        self._last_error_at = self._now()
