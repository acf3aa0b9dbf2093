"""What the use cases need from outside, besides the work unit."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol

Spot = tuple[float, float]


class Places(Protocol):
    """The region's places. Codes are those of villages; spots are (latitude, longitude)."""

    def village_at(self, spot: Spot) -> str | None:
        """The village nearest to a spot, or None outside the region."""

    def spot(self, place: str) -> Spot:
        """The point of a village."""

    def knows_village(self, code: str) -> bool:
        """Say whether there is such a village."""

    def label(self, place: str) -> str:
        """A place's name for people."""

    def distance_km(self, a: Spot, b: Spot) -> float:
        """Kilometres between two spots."""


Clocks = Mapping[str, timedelta]
