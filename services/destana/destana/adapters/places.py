"""The region's places and hazard rules, for the use cases."""

from chassis.region.pack import Region
from chassis.region.places import Point, distance_km
from destana.application.ports import Spot
from destana.domain.hazard import Hazard, Rule, Rules


class RegionPlaces:
    """Answers from the region pack."""

    def __init__(self, region: Region) -> None:
        self._region = region

    def village_at(self, spot: Spot) -> str | None:
        """The village nearest to a spot, or None outside the region."""
        village = self._region.village_at(Point(*spot))
        return village.code if village else None

    def spot(self, place: str) -> Spot:
        """The point of a village."""
        point = self._region.villages[place].point
        return point.latitude, point.longitude

    def knows_village(self, code: str) -> bool:
        """Say whether there is such a village."""
        return code in self._region.villages

    def label(self, place: str) -> str:
        """A place's name for people."""
        return self._region.label(place)

    def distance_km(self, a: Spot, b: Spot) -> float:
        """Kilometres between two spots."""
        return distance_km(Point(*a), Point(*b))


def load_rules(region: Region) -> Rules:
    """Read hazards.yaml of the region. Raises KeyError or ValueError naming what is missing."""
    given = region.section("hazards")
    kinds = {Hazard(word): _rule(rule, region) for word, rule in given["kinds"].items()}
    missing = set(Hazard) - set(kinds)
    if missing:
        raise ValueError(f"hazards.yaml has no rule for {', '.join(sorted(kind.value for kind in missing))}")
    return Rules(kinds, given["weights"])


def _rule(given: dict[str, object], region: Region) -> Rule:
    return Rule(
        name=str(given["name"]),
        window=region.clock(f"destana.{given['window']}"),
        radius_km=float(str(given["radius_km"])),
        people=int(str(given["people"])),
        weight=int(str(given["weight"])),
        advice=str(given["advice"]),
    )
