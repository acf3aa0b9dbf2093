"""An operator notes that a person acknowledged, for instance in a telephone call."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from chassis.kernel.errors import Conflict, NotFound, Reject
from chassis.kernel.work import Work
from notifier.domain.acknowledgement import Acknowledgement, Via
from notifier.domain.alert import Alert


@dataclass(frozen=True, slots=True)
class AcknowledgeFor:
    """Who answered which alert, and the operator who says so; `places`: where people are named to them, None: all."""

    alert: UUID
    contact: UUID
    noted_by: UUID
    places: Collection[str] | None = None


async def acknowledge_for(command: AcknowledgeFor, work: Work) -> Acknowledgement:
    """Give the person's acknowledgement, which may be an earlier one.

    Raises NotFound: no such alert (`alert_id`), or it told this person not, or elsewhere (`contact_id`). Conflict: it
    asks nobody.
    """
    try:
        found = await work.get(Acknowledgement, Acknowledgement.id_of(command.alert, command.contact))
    except NotFound:
        raise await _refusal(command.alert, work) from None
    if command.places is not None and found.place not in command.places:
        raise _not_told()  # as of somebody unknown: an id tells nothing
    found.answer(Via.OPERATOR, work.now, command.noted_by)
    return found


async def _refusal(alert_id: UUID, work: Work) -> Reject:
    try:
        alert = await work.get(Alert, alert_id)
    except NotFound:
        return NotFound("alert_id", "peringatan ini tidak dikenal")
    if alert.acknowledge_by is None:
        return Conflict("alert_id", "asks_nobody", "peringatan ini tidak meminta jawaban")
    return _not_told()


def _not_told() -> NotFound:
    return NotFound("contact_id", "orang ini tidak dikabari lewat peringatan ini")
