"""Whether a queue's carrier takes messages: now, after a rest, or so late that they go the other way."""

import time
from collections.abc import Iterable, Mapping
from datetime import timedelta

from notifier.application.carriers import Carrier
from notifier.application.consequences import reachable
from notifier.application.ports import Claimed
from notifier.domain.channel import Channel, other
from notifier.domain.delivery import has_other
from notifier.domain.lane import Lane

PROBE = 3.0  # seconds between tries on a carrier that says it is down: an answer may say otherwise
PATIENCE: Mapping[Lane, float] = {Lane.LIFE_SAFETY: 2.0, Lane.URGENT: 10.0, Lane.ROUTINE: 120.0}
"""Seconds a carrier may be down before its messages go the other way."""


class Way:
    """The carrier of one channel of a lane, and the other one."""

    __slots__ = ("_carrier", "_channel", "_down_since", "_patience", "_probed", "_rests_until", "_spare")

    def __init__(self, lane: Lane, channel: Channel, carriers: Mapping[Channel, Carrier]) -> None:
        self._channel, self._patience = channel, PATIENCE[lane]
        self._carrier, self._spare = carriers[channel], carriers[other(channel)]
        self._rests_until = self._probed = 0.0  # monotonic
        self._down_since: float | None = None

    @property
    def up(self) -> bool:
        """Whether it takes messages."""
        now = time.monotonic()
        up = self._carrier.up and now >= self._rests_until
        self._down_since = None if up else self._down_since or now
        return up

    @property
    def given_up(self) -> bool:
        """Whether it is down so long that messages go the other way."""
        long = self._down_since is not None and time.monotonic() - self._down_since > self._patience
        return long and self._spare.up

    @property
    def open(self) -> bool:
        """Whether to claim: it takes messages, they go the other way, or one is tried now."""
        return self.up or self.given_up or self.may_probe()

    @property
    def probe_is_due(self) -> bool:
        """Whether a carrier that says it is down is to be tried."""
        now = time.monotonic()
        return now >= self._rests_until and now - self._probed >= PROBE

    def may_probe(self) -> bool:
        """The same; true once, for whoever tries it then."""
        if not self.probe_is_due:
            return False
        self._probed = time.monotonic()
        return True

    @property
    def rests(self) -> float:
        """Seconds for which it must be left alone."""
        return self._rests_until - time.monotonic()

    def rest(self, pauses: Iterable[timedelta]) -> None:
        """Leave it alone for the longest of them."""
        now = time.monotonic()
        self._rests_until = max([self._rests_until, *[now + pause.total_seconds() for pause in pauses]])

    def has_other(self, claimed: Claimed) -> bool:
        """Whether this person can be reached the other way, and was not tried there."""
        return has_other(self._channel, claimed.tried, reachable(claimed))
