"""Takes an alert in."""

from dataclasses import dataclass
from uuid import UUID

from chassis.kernel.errors import NotFound
from chassis.kernel.work import Work
from notifier.domain.alert import Alert, AlertState, KeyHolder
from notifier.domain.template import Fault


@dataclass(frozen=True, slots=True)
class RaiseAlert:
    """An alert as it came. `fault` says why it cannot be sent, if so."""

    alert: Alert
    fault: Fault | None = None


async def raise_alert(command: RaiseAlert, work: Work) -> None:
    """Keep it for the planner, or refuse it visibly, or take it for a repeat."""
    alert = command.alert
    alert.check_expiry()
    if command.fault:
        alert.reject(command.fault.rule, command.fault.name)
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
    earlier = await newest(holder.alert, work)
    if alert.repeats(earlier):
        alert.join(earlier)
    else:
        holder.take(alert.id)


async def newest(alert: UUID, work: Work) -> Alert:
    """Give an alert, or the newest update that took its place. Raises NotFound."""
    first = await work.get(Alert, alert)
    return first if first.successor is None else await work.get(Alert, first.successor)
