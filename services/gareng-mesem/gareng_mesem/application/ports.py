"""What the use cases need from outside, besides the work unit."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol

from gareng_mesem.domain.collector import Collector

Spot = tuple[float, float]


class Places(Protocol):
    """The region's places. Codes are those of villages; spots are (latitude, longitude)."""

    @property
    def code(self) -> str:
        """The region's own code."""

    def village_at(self, spot: Spot) -> str | None:
        """The village nearest to a spot, or None outside the region."""

    def spot(self, place: str) -> Spot:
        """The point of a village, district or region."""

    def knows_village(self, code: str) -> bool:
        """Say whether there is such a village."""

    def label(self, place: str) -> str:
        """A place's name for people."""

    def distance_km(self, a: Spot, b: Spot) -> float:
        """Kilometres between two spots."""

    def nearness_km(self, collector: Collector, spot: Spot) -> float:
        """How far a collector's nearest place is from a spot; infinite without a place."""


Clocks = Mapping[str, timedelta]
