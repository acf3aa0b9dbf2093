"""Takes an alert in."""

from dataclasses import dataclass

from chassis.kernel.work import Work
from notifier.domain.alert import Alert


@dataclass(frozen=True, slots=True)
class RaiseAlert:
    """An alert as it came. `fault` says why it cannot be sent (unknown_template, missing_value, malformed), if so."""

    alert: Alert
    fault: str = ""


async def raise_alert(command: RaiseAlert, work: Work) -> None:
    """Keep it for the planner, or refuse it visibly, or take it for a repeat."""
    alert = command.alert
    alert.check_expiry()
    if alert.deduplication_key:
        earlier = await work.find(Alert, "deduplication", alert.deduplication_key)
        if told := next((one for one in earlier if alert.repeats(one)), None):
            alert.join(told)
    if command.fault:
        alert.reject(command.fault)
    work.add(alert)
