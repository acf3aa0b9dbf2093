"""Who may do what, where."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import inf
from uuid import UUID

from chassis.region.places import contains


@dataclass(frozen=True, slots=True)
class Grant:
    """A role held at a place: a village, district or regency code, or a facility's code."""

    role: str
    place: str

    @classmethod
    def parse(cls, text: str) -> "Grant":
        """Read `midwife@33.17.09.2004`. Raises ValueError."""
        role, at, place = text.partition("@")
        if not (role and at and place):
            raise ValueError(f"{text!r} is no role@place, for instance midwife@33.17.09.2004")
        return cls(role, place)

    def covers(self, place: str) -> bool:
        """Say whether the grant reaches `place`: 33.17.09 reaches 33.17.09.2004; a facility only itself."""
        return contains(self.place, place)

    def __str__(self) -> str:
        return f"{self.role}@{self.place}"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, as the token says; `until`: when it expires, seconds since 1970."""

    contact_id: UUID
    grants: frozenset[Grant]
    until: float = field(default=inf, compare=False)

    def has_role(self, roles: Iterable[str]) -> bool:
        """Say whether the caller holds one of the roles, anywhere."""
        held = {grant.role for grant in self.grants}
        return not held.isdisjoint(roles)

    def may(self, role: str, place: str) -> bool:
        """Say whether the caller holds the role at the place or around it."""
        return any(grant.role == role and grant.covers(place) for grant in self.grants)
