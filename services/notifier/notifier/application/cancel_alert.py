"""Calls an alert off."""

from dataclasses import dataclass
from uuid import UUID

from chassis.kernel.work import Work
from notifier.domain.alert import Alert


@dataclass(frozen=True, slots=True)
class CancelAlert:
    """Which one, and why, for the operator."""

    alert: UUID
    reason: str


async def cancel_alert(command: CancelAlert, work: Work) -> None:
    """Mark it; the planner drops what is unsent."""
    alert = await work.get(Alert, command.alert)
    alert.cancel(command.reason)
