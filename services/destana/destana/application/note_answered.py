"""The notifier knows that somebody answered an incident's alert: by a reply, or by a call that an operator noted."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.kernel.work import Work
from destana.domain.incident import Incident


@dataclass(frozen=True, slots=True)
class NoteAnswered:
    """Who answered, and when."""

    incident: UUID
    contact: UUID
    at: datetime


async def note_answered(command: NoteAnswered, work: Work) -> None:
    """Take the answer, unless it came here by itself before. Raises NotFound: no such incident."""
    incident = await work.get(Incident, command.incident)
    incident.acknowledge(command.contact, command.at)
