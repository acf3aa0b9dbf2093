"""The region's places, for the use cases."""

from math import inf

from chassis.region.pack import Region
from chassis.region.places import Point, distance_km
from gareng_mesem.application.ports import Spot
from gareng_mesem.domain.collector import Collector


class RegionPlaces:
    """Answers from the region pack."""

    def __init__(self, region: Region) -> None:
        self._region = region

    @property
    def code(self) -> str:
        """The region's own code."""
        return self._region.code

    def village_at(self, spot: Spot) -> str | None:
        """The village nearest to a spot, or None outside the region."""
        village = self._region.village_at(Point(*spot))
        return village.code if village else None

    def spot(self, place: str) -> Spot:
        """The point of a village, district or facility."""
        point = self._region.point_of(place)
        if point is None:
            raise KeyError(place)
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

    def nearness_km(self, collector: Collector, spot: Spot) -> float:
        """How far a collector's nearest place is; a place without a point (the whole regency) comes last but one."""
        points = [self._region.point_of(place) for place in collector.places]
        return min((distance_km(point, Point(*spot)) for point in points if point), default=inf)
