"""Calls the operator where the fault is ours or the account's."""

import logging
import time

from notifier import metrics
from notifier.application.carrier_errors import CarrierError

AGAIN = 60.0  # seconds until the same is logged again: a refusal may meet a hundred thousand messages
_log = logging.getLogger(__name__)


class Alarms:
    """Of one carrier: every alarm is counted, and logged once a minute."""

    def __init__(self, carrier: str) -> None:
        self._carrier = carrier
        self._logged: dict[tuple[str, str], float] = {}

    def hear(self, error: CarrierError | None) -> None:
        """Pass an alarm on; anything else is none."""
        if error is None or not error.alarm:
            return
        metrics.ALARMS.labels(self._carrier, error.reason).inc()
        what, now = (error.reason, error.code), time.monotonic()
        if now - self._logged.get(what, now - AGAIN) >= AGAIN:
            self._logged[what] = now
            _log.error("%s needs an operator: %s (%s)", self._carrier, *what)
