"""Tries what a queue has claimed."""

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from prometheus_client import Histogram

from chassis.kernel.clock import Clock
from chassis.telemetry.traces import Started, recording, started
from notifier import metrics
from notifier.application.carriers import Carrier
from notifier.application.consequences import GIVEN_BACK, Times
from notifier.application.ports import Claimed, Deliveries, Outcome, Told
from notifier.application.send_delivery import send_deliveries
from notifier.domain.channel import Channel
from notifier.domain.delivery import Next, State
from notifier.domain.lane import Lane
from notifier.entrypoints.way import Way


@cache  # to look a metric up by its labels takes longer than counting
def _seconds(lane: Lane, channel: Channel) -> Histogram:
    return metrics.TRY_SECONDS.labels(lane.word, channel.value)


@dataclass(frozen=True, slots=True)
class Trying:
    """Sends by one channel of a lane; `way` learns whether the carrier is to be left alone."""

    deliveries: Deliveries
    channel: Channel
    carriers: Mapping[Channel, Carrier]
    clock: Clock
    times: Times
    way: Way

    async def outcomes(self, claimed: Sequence[Claimed]) -> AsyncIterator[list[Outcome]]:
        """Try all of them at the same time; gives their outcomes as they come."""
        told = [await self.deliveries.told(one.alert, one.language) for one in claimed]
        spans = self._spans(claimed, told) if recording() else {}
        without, sent, what_of = self._parted(claimed, told)
        if without:
            yield _ended(spans, without)
        began, carrier = time.monotonic(), self.carriers[self.channel]
        async for tried in send_deliveries(sent, what_of, carrier, self.clock.now(), self.times):
            if tried:
                _seconds(self.deliveries.lane, self.channel).observe(time.monotonic() - began)
            self.way.rest(one.pause for one in tried if one.pause is not None)
            yield _ended(spans, [one.outcome for one in tried])

    def _parted(
        self, claimed: Sequence[Claimed], told: Sequence[Told]
    ) -> tuple[list[Outcome], list[Claimed], list[Told]]:
        """The outcomes of those that are not tried; and the others, and what they are told."""
        without, sent, what_of = [], [], []
        for one, what in zip(claimed, told, strict=True):
            if (outcome := self._without_try(one, what)) is None:
                sent.append(one)
                what_of.append(what)
            else:
                without.append(outcome)
        return without, sent, what_of

    def _without_try(self, claimed: Claimed, told: Told) -> Outcome | None:
        """What becomes of a delivery whose carrier is down too long; None where it is tried."""
        if not self.way.given_up or claimed.called_off or told.expires_at <= self.clock.now():
            return None
        if self.way.has_other(claimed):
            return Outcome(claimed, Next(State.PLANNED, "carrier_down", reroute=True), told)
        return None if self.way.may_probe() else Outcome(claimed, GIVEN_BACK, told)

    def _spans(self, claimed: Sequence[Claimed], told: Sequence[Told]) -> dict[int, Started]:
        return {
            one.seq: started(what.traceparent, metrics.SPAN_DELIVER, self._about(what))
            for one, what in zip(claimed, told, strict=True)
        }

    def _about(self, told: Told) -> dict[str, str]:
        """What a span tells: no name, no number."""
        return {"lane": self.deliveries.lane.word, "channel": self.channel.value, "alert": str(told.id)}


def _ended(spans: Mapping[int, Started], outcomes: list[Outcome]) -> list[Outcome]:
    for outcome in outcomes if spans else ():
        spans[outcome.claimed.seq].end(carrier=outcome.carrier)
    return outcomes
