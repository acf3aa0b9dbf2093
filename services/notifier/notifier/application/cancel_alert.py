"""Calls an alert off."""

from dataclasses import dataclass
from uuid import UUID

from chassis.kernel.work import Work
from notifier.application.raise_alert import newest
from notifier.domain.alert import Alert, Words
from notifier.domain.template import Fault


@dataclass(frozen=True, slots=True)
class CancelAlert:
    """Which one, and why, for the operator.

    `words` tell those who got it that it is over, as an alert `end` of its own; `fault` says why they cannot.
    """

    alert: UUID
    reason: str
    words: Words | None = None
    end: UUID | None = None
    fault: Fault | None = None


async def cancel_alert(command: CancelAlert, work: Work) -> tuple[Alert, Alert | None]:
    """Mark it, or the newest update of it; the planner drops what is unsent.

    Gives what is called off, and the alert that tells that it is over, if one does. A second time changes nothing.
    """
    alert, end = await newest(command.alert, work), None
    if alert.running and command.words and command.end:
        end = alert.ended_by(command.words, command.end, work.now)
        if command.fault:
            end.reject(command.fault.rule, command.fault.name)
        work.add(end)
    alert.cancel(command.reason)
    return alert, end
