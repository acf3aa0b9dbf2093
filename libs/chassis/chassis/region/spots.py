"""The region's places for use cases that know spots as pairs of numbers and places by their codes."""

from chassis.region.pack import Region
from chassis.region.places import Point, distance_km

Spot = tuple[float, float]
"""Latitude and longitude, degrees, WGS 84."""


class RegionPlaces:
    """Answers from the region pack."""

    def __init__(self, region: Region) -> None:
        self.region = region

    @property
    def code(self) -> str:
        """The region's own code."""
        return self.region.code

    def village_at(self, spot: Spot) -> str | None:
        """The village nearest to a spot, or None outside the region."""
        village = self.region.village_at(Point(*spot))
        return village.code if village else None

    def spot(self, place: str) -> Spot:
        """The point of a village, district or facility. Raises KeyError."""
        point = self.region.point_of(place)
        if point is None:
            raise KeyError(place)
        return point.latitude, point.longitude

    def knows_village(self, code: str) -> bool:
        """Say whether there is such a village."""
        return code in self.region.villages

    def label(self, place: str) -> str:
        """A place's name for people."""
        return self.region.label(place)

    def distance_km(self, a: Spot, b: Spot) -> float:
        """Kilometres between two spots."""
        return distance_km(Point(*a), Point(*b))
