"""Places of a region and how far they lie apart."""

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

EARTH_RADIUS_KM = 6371.0088  # mean radius, IUGG


@dataclass(frozen=True, slots=True)
class Point:
    """Degrees, WGS 84."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class District:
    """A kecamatan."""

    code: str
    name: str
    point: Point


@dataclass(frozen=True, slots=True)
class Village:
    """A desa or kelurahan. `district` is the district's code."""

    code: str
    name: str
    kind: str
    district: str
    point: Point


@dataclass(frozen=True, slots=True)
class Facility:
    """A place that serves: `kind` puskesmas, rumah_sakit, tpa, kontainer_sampah; `ability` poned, ponek or empty."""

    code: str
    name: str
    kind: str
    ability: str
    village: str
    point: Point


def distance_km(a: Point, b: Point) -> float:
    """Great-circle distance in kilometres (haversine)."""
    lat_a, lat_b = radians(a.latitude), radians(b.latitude)
    half = sin((lat_b - lat_a) / 2) ** 2
    half += cos(lat_a) * cos(lat_b) * sin(radians(b.longitude - a.longitude) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(sqrt(half))


def contains(outer: str, inner: str) -> bool:
    """Say whether the place coded `outer` is `inner` or holds it: 33.17.09 holds 33.17.09.2004.

    A facility's code holds nothing but itself.
    """
    return inner == outer or (outer[:1].isdigit() and inner.startswith(outer + "."))
