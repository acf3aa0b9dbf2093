"""Who asks, in which roles, and where these let them act."""

from dataclasses import dataclass
from typing import Self
from uuid import UUID

from chassis.kernel.alert import RoleAt
from chassis.kernel.errors import NotFound, Reject

CARERS = ("midwife", "kader", "doctor")
FACILITY = ("facility_duty",)
WATCHERS = ("puskesmas_head", "district_health_office")


class NotYours(Reject):
    """The place lies outside what the caller's roles cover."""

    def __init__(self, field: str) -> None:
        super().__init__(field, "not_yours", "harus di wilayah tugas Anda")


@dataclass(frozen=True, slots=True)
class Caller:
    """A contact and the roles held at places."""

    contact: UUID
    grants: tuple[RoleAt, ...]

    def places(self, *roles: str) -> tuple[str, ...]:
        """Where the caller holds one of the roles, each place once."""
        return tuple(dict.fromkeys(grant.place for grant in self.grants if grant.role in roles))

    def holds(self, *roles: str) -> bool:
        """Does the caller hold one of the roles anywhere?"""
        return any(grant.role in roles for grant in self.grants)

    def covers(self, village: str, *roles: str) -> bool:
        """Does one of the roles reach this village: held at it, its district or its regency?"""
        return any(village == place or village.startswith(place + ".") for place in self.places(*roles))

    def must_care_for(self, village: str) -> Self:
        """Raises NotYours where no role of care reaches the village."""
        if not self.covers(village, *CARERS):
            raise NotYours("DESA")
        return self

    def must_know(self, code: str, village: str, *roles: str) -> None:
        """Raises NotFound where no role reaches the village: a stranger learns not even that the code exists."""
        if not self.covers(village, *roles):
            raise NotFound("kode", f"{code} tidak ditemukan")
