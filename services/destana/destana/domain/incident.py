"""An incident: where it is, who reported it, who was alerted and who has answered."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from chassis.kernel.aggregate import Aggregate
from destana.domain.events import (
    AcknowledgementsMissing,
    AnswerExpected,
    IncidentAcknowledged,
    IncidentConfirmed,
    IncidentReinforced,
)
from destana.domain.hazard import Hazard
from destana.domain.watch import Sighting


@dataclass(slots=True)
class Asked:
    """Somebody who was alerted, in a role for a place."""

    contact: UUID
    role: str
    place: str
    answered_at: datetime | None = None


@dataclass(slots=True, eq=False)
class Incident(Aggregate):
    """`last_seen` is the time of the newest report; a report within the window of it still belongs here."""

    code: str
    hazard: Hazard
    confirmed_at: datetime
    last_seen: datetime
    villages: list[str] = field(default_factory=list)
    reporters: list[UUID] = field(default_factory=list)
    depth_cm: int = 0
    asked: list[Asked] = field(default_factory=list)
    closed: bool = False

    def confirm(self, sightings: list[Sighting]) -> None:
        """Become an incident through these sightings."""
        for seen in sightings:
            self._take(seen)
        event = IncidentConfirmed(
            self.id,
            self.code,
            self.hazard,
            tuple(self.villages),
            len(self.reporters),
            self.depth_cm,
            self.confirmed_at,
        )
        self.record(event)

    def reinforce(self, seen: Sighting) -> bool:
        """Take one more sighting; True when its village is new to the incident."""
        new_village = seen.village not in self.villages
        self._take(seen)
        self.record(IncidentReinforced(self.id, seen.village, len(self.reporters), new_village, seen.at))
        return new_village

    def ask(self, contact: UUID, role: str, place: str) -> None:
        """Take note that somebody is alerted and should answer; an answer that came first is kept."""
        known = self._asked(contact)
        if known is None:
            self.asked.append(Asked(contact, role, place))
        elif not known.role:
            known.role, known.place = role, place
        self.record(AnswerExpected(self.id, contact))

    def acknowledge(self, contact: UUID, at: datetime) -> bool:
        """Take an answer; False when it was given before. One may answer before the list of those asked is here."""
        known = self._asked(contact)
        if known is None:
            known = Asked(contact, "", "")
            self.asked.append(known)
        if known.answered_at is not None:
            return False
        known.answered_at = at
        self.record(IncidentAcknowledged(self.id, contact, at))
        return True

    def silent(self) -> list[Asked]:
        """Those alerted who have not answered."""
        return [each for each in self.asked if each.answered_at is None]

    def miss(self, at: datetime) -> bool:
        """Take note that the time to answer is over; False when everybody has answered."""
        silent = tuple(each.contact for each in self.silent())
        if silent:
            self.record(AcknowledgementsMissing(self.id, silent, at))
        return bool(silent)

    def _asked(self, contact: UUID) -> Asked | None:
        return next((each for each in self.asked if each.contact == contact), None)

    def _take(self, seen: Sighting) -> None:
        if seen.village not in self.villages:
            self.villages.append(seen.village)
        if seen.reporter not in self.reporters:
            self.reporters.append(seen.reporter)
        self.depth_cm = max(self.depth_cm, seen.depth_cm or 0)
        self.last_seen = max(self.last_seen, seen.at)
