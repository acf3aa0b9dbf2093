"""What happens to reports of hazards and to incidents, in the past tense."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from destana.domain.hazard import Hazard


@dataclass(frozen=True, slots=True)
class HazardReported:
    """Somebody reported a hazard. `watch` is the watch over its kind."""

    report: UUID
    watch: UUID
    hazard: Hazard
    village: str
    depth_cm: int | None
    reporter: UUID
    point: tuple[float, float] | None
    at: datetime


@dataclass(frozen=True, slots=True)
class IncidentConfirmed:
    """Enough independent people say the same."""

    incident: UUID
    code: str
    hazard: Hazard
    villages: tuple[str, ...]
    reporters: int
    depth_cm: int
    at: datetime


@dataclass(frozen=True, slots=True)
class IncidentReinforced:
    """One more report belongs to the incident."""

    incident: UUID
    village: str
    reporters: int
    new_village: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class IncidentAcknowledged:
    """Somebody who was alerted answered."""

    incident: UUID
    contact: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class AcknowledgementsMissing:
    """The time to answer is over and these have not."""

    incident: UUID
    contacts: tuple[UUID, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class SightingsAssigned:
    """Reports belong to an incident now. The bus hears of it as IncidentConfirmed or IncidentReinforced."""

    watch: UUID
    incident: UUID


@dataclass(frozen=True, slots=True)
class AnswerExpected:
    """Somebody is alerted and should answer. The bus has it from the notifier already."""

    incident: UUID
    contact: UUID
