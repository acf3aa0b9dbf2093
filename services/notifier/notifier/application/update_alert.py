"""Lets a new text take an alert's place."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.kernel.errors import Conflict
from chassis.kernel.work import Work
from notifier.application.raise_alert import newest
from notifier.domain.alert import Alert, Words
from notifier.domain.template import Fault


@dataclass(frozen=True, slots=True)
class UpdateAlert:
    """Which alert, what holds now and until when. `update` is the id that the new text gets as an alert of its own.

    `fault` says why it cannot be sent.
    """

    alert: UUID
    update: UUID
    words: Words
    expires_at: datetime
    acknowledge_by: datetime | None = None
    traceparent: str = ""
    fault: Fault | None = None


async def update_alert(command: UpdateAlert, work: Work) -> Alert:
    """Raise the update and call off what is unsent of the old text. Gives the update, rejected where it is faulty.

    Raises Conflict when the alert is called off, refused or a repeat of another.
    """
    latest = await newest(command.alert, work)
    if not latest.running:
        raise Conflict(
            "alert_id", "not_running", "peringatan ini sudah dibatalkan, ditolak, atau sama dengan yang lain"
        )
    update = latest.succeeded_by(command.words, command.update, command.expires_at, work.now)
    update.acknowledge_by, update.traceparent = command.acknowledge_by, command.traceparent
    update.check_expiry()
    if command.fault:
        update.reject(command.fault.rule, command.fault.name)
    work.add(update)
    if update.running:
        for earlier in update.follows:
            (await work.get(Alert, earlier)).give_way(update.id)
    return update
