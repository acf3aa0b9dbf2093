"""Kinds of hazard and when reports of one add up to an incident (destana.md, "Reports from the ground")."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

DEEPEST_CM = 1000


class Hazard(Enum):
    """A kind of hazard; the value is the word that people type."""

    FLOOD = "BANJIR"
    COASTAL_FLOOD = "ROB"
    LANDSLIDE = "LONGSOR"
    STRONG_WIND = "ANGIN"
    DROUGHT = "KERING"
    FIRE = "API"
    EARTHQUAKE = "GEMPA"
    HAZE = "ASAP"
    TSUNAMI_SIGN = "TSUNAMI"


WITH_DEPTH = frozenset({Hazard.FLOOD, Hazard.COASTAL_FLOOD})


@dataclass(frozen=True, slots=True)
class Rule:
    """When reports of a kind belong together (`radius_km`, `window`) and are enough (`people`, `weight`).

    `name` and `advice` are for people.
    """

    name: str
    window: timedelta
    radius_km: float
    people: int
    weight: int
    advice: str


@dataclass(frozen=True, slots=True)
class Rules:
    """The region's rules: one for each kind, and how much a reporter's word counts by role."""

    kinds: Mapping[Hazard, Rule]
    weights: Mapping[str, int]

    def weight(self, roles: Iterable[str]) -> int:
        """The weight of a reporter who holds these roles; that of a stranger without any."""
        return max((self.weights[role] for role in roles if role in self.weights), default=self.weights["stranger"])
