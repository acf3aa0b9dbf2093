"""The watch over one kind of hazard: recent reports, and which of them belong together.

One aggregate for each kind in the region. Its lock makes reports of a kind come one after another, so that two
reports at the same moment never make two incidents.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from chassis.kernel.aggregate import Aggregate
from destana.domain.events import HazardReported, SightingsAssigned
from destana.domain.hazard import Hazard, Rule

Spot = tuple[float, float]
Distance = Callable[[Spot, Spot], float]


@dataclass(frozen=True, slots=True)
class Sighting:
    """One report that still counts. `incident` is the one it belongs to, if any."""

    report: UUID
    reporter: UUID
    weight: int
    village: str
    spot: Spot
    depth_cm: int | None
    at: datetime
    incident: UUID | None = None


@dataclass(slots=True, eq=False)
class Watch(Aggregate):
    """Sightings of `hazard`, oldest first, none older than the kind's window."""

    hazard: Hazard
    sightings: list[Sighting] = field(default_factory=list)

    def see(self, seen: Sighting, point: Spot | None, window: timedelta) -> None:
        """Take a sighting; the same person's earlier one of the village is replaced, and old ones are dropped."""
        oldest = seen.at - window
        self.sightings = [each for each in self.sightings if each.at >= oldest and not _repeats(seen, each)]
        self.sightings.append(seen)
        event = HazardReported(
            seen.report, self.id, self.hazard, seen.village, seen.depth_cm, seen.reporter, point, seen.at
        )
        self.record(event)

    def knows(self, report: UUID) -> bool:
        """Say whether this very report was seen, within the window."""
        return any(each.report == report for each in self.sightings)

    def around(self, seen: Sighting, radius_km: float, distance: Distance) -> list[Sighting]:
        """Sightings that lie within the radius of this one, itself included."""
        return [each for each in self.sightings if distance(each.spot, seen.spot) <= radius_km]

    def assign(self, sightings: list[Sighting], incident: UUID) -> None:
        """Let sightings belong to an incident."""
        reports = {each.report for each in sightings}
        self.sightings = [_with(each, incident) if each.report in reports else each for each in self.sightings]
        self.record(SightingsAssigned(self.id, incident))


def enough(sightings: list[Sighting], rule: Rule) -> bool:
    """Say whether sightings are an incident: independent people, each with the greatest weight given."""
    weights: dict[UUID, int] = {}
    for each in sightings:
        weights[each.reporter] = max(each.weight, weights.get(each.reporter, 0))
    return len(weights) >= rule.people and sum(weights.values()) >= rule.weight


def _repeats(new: Sighting, old: Sighting) -> bool:
    return new.reporter == old.reporter and new.village == old.village


def _with(seen: Sighting, incident: UUID) -> Sighting:
    return Sighting(
        seen.report, seen.reporter, seen.weight, seen.village, seen.spot, seen.depth_cm, seen.at, incident
    )
