"""Who holds which phone, and places for a shared location, from CSV files."""

import csv
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from handset.numbers import international, shown


@dataclass(slots=True)
class Person:
    """Somebody with a phone."""

    phone: str
    name: str = ""
    role: str = ""
    places: list[str] = field(default_factory=list)
    channel: str = "sms"

    def to_json(self) -> dict[str, Any]:
        """Give it as plain data for JSON."""
        return {
            "phone": self.phone,
            "shown": shown(self.phone),
            "name": self.name or shown(self.phone),
            "role": self.role,
            "places": self.places,
            "channel": self.channel,
        }


def read_people(path: Path | None) -> dict[str, Person]:
    """Read phone,name,role,place,channel. A phone on several lines is one person with several places."""
    people: dict[str, Person] = {}
    if path is None:
        return people
    with path.open(encoding="utf-8-sig", newline="") as lines:
        for row in csv.DictReader(lines):
            phone = international(row["phone"])
            person = people.setdefault(phone, Person(phone, row.get("name", ""), row.get("role", "")))
            person.places.append(row.get("place", ""))
            person.channel = row.get("channel") or "sms"
    return people


def read_places(paths: list[Path]) -> list[dict[str, Any]]:
    """Read code,name,latitude,longitude from files; without coordinates a place only gives its code a name."""
    places: list[dict[str, Any]] = []
    for path in paths:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            places += [_place(row) for row in csv.DictReader(lines)]
    return places


def _place(row: dict[str, str]) -> dict[str, Any]:
    return {
        "code": row.get("code", ""),
        "name": row["name"],
        "latitude": float(row["latitude"]) if row.get("latitude") else None,
        "longitude": float(row["longitude"]) if row.get("longitude") else None,
    }
