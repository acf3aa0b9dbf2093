"""Which facility is asked first: able to treat, then near."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from telponi.domain.kspr import RiskClass


class Ability(IntEnum):
    """Obstetric emergencies a facility treats: none, basic (PONED), comprehensive (PONEK)."""

    NONE = 0
    PONED = 1
    PONEK = 2


@dataclass(frozen=True, slots=True)
class Candidate:
    """A facility as seen from the mother's village."""

    code: str
    ability: Ability
    distance_km: float


def needed_ability(risk: RiskClass) -> Ability:
    """A mother at very high risk needs a hospital; for all others the nearest able puskesmas saves time."""
    return Ability.PONEK if risk is RiskClass.KRST else Ability.PONED


def best_first(candidates: Iterable[Candidate], need: Ability) -> list[str]:
    """Codes in the order of asking: the able ones by distance, then, to stabilise her, those of lesser ability."""
    able = (one for one in candidates if one.ability is not Ability.NONE)
    return [one.code for one in sorted(able, key=lambda one: (one.ability < need, one.distance_km, one.code))]
