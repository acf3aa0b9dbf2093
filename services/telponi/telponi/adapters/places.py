"""The region's places, for the use cases."""

from collections.abc import Sequence
from datetime import date, datetime

from chassis.kernel.errors import NotFound
from chassis.region.pack import Region
from chassis.region.places import distance_km
from telponi.domain.targets import Ability, Candidate

ABILITIES = {"poned": Ability.PONED, "ponek": Ability.PONEK}


class RegionPlaces:
    """Answers from the region pack."""

    def __init__(self, region: Region) -> None:
        self._region = region

    def village(self, code: str) -> str:
        """Name of a village. Raises NotFound."""
        village = self._region.villages.get(code)
        if village is None:
            raise NotFound("DESA", f"{code} tidak dikenal")
        return village.name

    def facility(self, code: str) -> str:
        """Name of a facility. Raises NotFound."""
        facility = self._region.facilities.get(code)
        if facility is None:
            raise NotFound("fasilitas", f"{code} tidak dikenal")
        return facility.name

    def able_facilities(self, village: str) -> Sequence[Candidate]:
        """Facilities that treat obstetric emergencies, with the distance as the crow flies. Raises NotFound."""
        self.village(village)
        point = self._region.villages[village].point
        return [
            Candidate(facility.code, ABILITIES[facility.ability], distance_km(point, facility.point))
            for facility in self._region.facilities.values()
            if facility.ability in ABILITIES
        ]

    def today(self, now: datetime) -> date:
        """The date on the region's calendars."""
        return self._region.local(now).date()
