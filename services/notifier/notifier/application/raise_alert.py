"""Takes an alert in."""

from dataclasses import dataclass

from chassis.kernel.errors import NotFound
from chassis.kernel.work import Work
from notifier.domain.alert import Alert, AlertState, KeyHolder


@dataclass(frozen=True, slots=True)
class RaiseAlert:
    """An alert as it came. `fault` says why it cannot be sent (unknown_template, missing_value, malformed), if so."""

    alert: Alert
    fault: str = ""


async def raise_alert(command: RaiseAlert, work: Work) -> None:
    """Keep it for the planner, or refuse it visibly, or take it for a repeat."""
    alert = command.alert
    alert.check_expiry()
    if command.fault:
        alert.reject(command.fault)
    if alert.deduplication_key and alert.state is AlertState.PLANNING:
        await _deduplicate(alert, work)
    work.add(alert)


async def _deduplicate(alert: Alert, work: Work) -> None:
    """Join the alert that told the same within a day, or hold the key from now on."""
    key = KeyHolder.id_of(alert.deduplication_key)
    try:
        holder = await work.get(KeyHolder, key)
    except NotFound:
        work.add(KeyHolder(key, alert.id))
        return
    earlier = await work.get(Alert, holder.alert)
    if alert.repeats(earlier):
        alert.join(earlier)
    else:
        holder.take(alert.id)
