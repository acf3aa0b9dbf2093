"""The notifier tells who is alerted about an incident: they are expected to answer."""

from dataclasses import dataclass
from uuid import UUID

from chassis.kernel.work import Work
from destana.domain.incident import Incident


@dataclass(frozen=True, slots=True)
class NoteAlerted:
    """One person who is told, in a role for a place."""

    incident: UUID
    contact: UUID
    role: str
    place: str


async def note_alerted(command: NoteAlerted, work: Work) -> None:
    """Put the person on the incident's list. Raises NotFound: no such incident."""
    incident = await work.get(Incident, command.incident)
    incident.ask(command.contact, command.role, command.place)
