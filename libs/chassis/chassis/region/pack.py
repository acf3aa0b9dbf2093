"""The region pack: all that is particular to one regency, read once from its folder (regions/33.17)."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import cos, radians
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from chassis.region.clocks import read_duration, with_overrides
from chassis.region.names import Match, Names
from chassis.region.places import District, Facility, Point, Village, contains, distance_km

# PyYAML's own parser takes a tenth of a second for the files of a start; libyaml, which its wheels have, a hundredth.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Region:
    """Places, clocks and texts of a regency. Another regency is another folder."""

    code: str
    name: str
    short_name: str
    timezone: ZoneInfo
    folder: Path
    nearest_village_km: float
    villages: Mapping[str, Village]
    districts: Mapping[str, District]
    facilities: Mapping[str, Facility]
    clocks: Mapping[str, timedelta]
    _names: Names = field(repr=False)

    @classmethod
    def load(cls, folder: Path | str, clocks: Mapping[str, timedelta] | None = None) -> "Region":
        """Read the pack, with some clocks replaced. Raises ValueError or OSError naming file and field."""
        folder = Path(folder)
        about = _read(folder / "region.yaml")
        districts = {
            row["code"]: District(row["code"], row["name"], _point(row)) for row in _rows(folder, "districts")
        }
        villages = {row["code"]: _village(row) for row in _rows(folder, "villages")}
        facilities = {row["code"]: _facility(row) for row in _rows(folder, "facilities")}
        own = {name: read_duration(text) for name, text in about["clocks"].items()}
        return cls(
            code=about["code"],
            name=about["name"],
            short_name=about["short_name"],
            timezone=ZoneInfo(about["timezone"]),
            folder=folder,
            nearest_village_km=float(about["nearest_village_km"]),
            villages=villages,
            districts=districts,
            facilities=facilities,
            clocks=with_overrides(own, clocks or {}),
            _names=Names(villages.values(), districts),
        )

    def find_village(self, text: str) -> Match:
        """Find the village that people mean by `text`: a code, a name, a name and its district."""
        return self._names.find(text)

    def village_at(self, point: Point) -> Village | None:
        """The village nearest to a point, or None when it lies outside the regency."""
        east = cos(radians(point.latitude))  # of a degree to the north: within a regency the earth is flat enough

        def apart(village: Village) -> float:
            north, aside = village.point.latitude - point.latitude, village.point.longitude - point.longitude
            return north * north + aside * aside * east * east

        nearest = min(self.villages.values(), key=apart)
        return nearest if distance_km(nearest.point, point) <= self.nearest_village_km else None

    def point_of(self, place: str) -> Point | None:
        """The point of a village, district or facility."""
        found = self.villages.get(place) or self.districts.get(place) or self.facilities.get(place)
        return found.point if found else None

    def label(self, place: str) -> str:
        """A place's name for people: `Sendangmulyo, Kragan` for a village, the name for all others."""
        if village := self.villages.get(place):
            return f"{village.name}, {self.districts[village.district].name}"
        found = self.districts.get(place) or self.facilities.get(place)
        return found.name if found else self.name if place == self.code else place

    def knows(self, place: str) -> bool:
        """Say whether the code is that of a village, district or facility of this region, or its own."""
        return place == self.code or self.point_of(place) is not None

    def inside(self, outer: str) -> Iterator[Village]:
        """All villages that are `outer` or lie in it."""
        return (village for village in self.villages.values() if contains(outer, village.code))

    def clock(self, name: str) -> timedelta:
        """A clock by its name, `telponi.emergency_offer`. Raises KeyError."""
        return self.clocks[name]

    def local(self, moment: datetime) -> datetime:
        """A moment as people of the region see it."""
        return moment.astimezone(self.timezone)

    def section(self, name: str) -> Any:
        """A YAML file of the pack by its path without ending: `templates/telponi`."""
        return _read(self.folder / f"{name}.yaml")


def _read(path: Path) -> Any:
    return yaml.load(path.read_text("utf-8"), _Loader)  # noqa: S506 - both of them are safe


def _rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _point(row: Mapping[str, str]) -> Point:
    return Point(float(row["latitude"]), float(row["longitude"]))


def _district(row: Mapping[str, str]) -> District:
    return District(row["code"], row["name"], _point(row))


def _village(row: Mapping[str, str]) -> Village:
    return Village(row["code"], row["name"], row["kind"], row["code"].rpartition(".")[0], _point(row))


def _facility(row: Mapping[str, str]) -> Facility:
    return Facility(row["code"], row["name"], row["kind"], row["ability"], row["village"], _point(row))
