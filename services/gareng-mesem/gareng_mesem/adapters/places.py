"""The region's places, for the use cases."""

from math import inf

from chassis.region.places import Point, distance_km
from chassis.region.spots import RegionPlaces
from gareng_mesem.application.ports import Spot
from gareng_mesem.domain.collector import Collector


class CollectorPlaces(RegionPlaces):
    """Answers from the region pack; knows where collectors are at home."""

    def nearness_km(self, collector: Collector, spot: Spot) -> float:
        """How far a collector's nearest place is; a place without a point (the whole regency) comes last but one."""
        points = [self.region.point_of(place) for place in collector.places]
        return min((distance_km(point, Point(*spot)) for point in points if point), default=inf)
