"""What use cases know of the world besides what is stored: the region, the clocks, one-way hashes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from telponi.domain.targets import Candidate


class Places(Protocol):
    """The region's places and calendar."""

    def village(self, code: str) -> str:
        """Name of a village. Raises NotFound."""

    def facility(self, code: str) -> str:
        """Name of a facility. Raises NotFound."""

    def able_facilities(self, village: str) -> Sequence[Candidate]:
        """Facilities that treat obstetric emergencies, with their distance from the village."""

    def today(self, now: datetime) -> date:
        """The date on the region's calendars."""


class Fingerprints(Protocol):
    """Keyed one-way hashes, to find again what is stored encrypted."""

    def of(self, *parts: str) -> str:
        """The same text for the same parts; says nothing about them without the key."""


@dataclass(frozen=True, slots=True)
class World:
    """Handed to every use case. `offer_time` is how long a facility may take to answer an emergency offer."""

    places: Places
    fingerprints: Fingerprints
    offer_time: timedelta
