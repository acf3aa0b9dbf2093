"""Where a caller may raise, change and end alerts: at places that the token's grants reach."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chassis.grpc.allowed import allowed
from chassis.grpc.caller import caller, method
from chassis.kernel.errors import Reject
from notifier.domain.audience import Audience

Around = Callable[[str], Sequence[str]]
"""A place and those that surround it; a facility lies in its village."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The places of one caller. Single people are anywhere: only whoever has the whole region names them."""

    places: frozenset[str]
    around: Around
    region: str

    def refuse(self, audience: Audience, field: str = "") -> Reject | None:
        """What of an audience lies outside; None where nothing does. `field`: named instead of the audience's own."""
        for number, group in enumerate(audience.groups):
            if not self._reach(group.place):
                return self._outside(field or f"audience.groups[{number}].place", group.place)
        if audience.contacts and not self._reach(self.region):
            return self._outside(field or "audience.contact_ids", self.region)
        return None

    def _reach(self, place: str) -> bool:
        return not self.places.isdisjoint(self.around(place))

    def _outside(self, field: str, place: str) -> Reject:
        own = ", ".join(sorted(self.places))
        return Reject(
            field, "outside_your_places", f"{place} di luar wilayah Anda; yang boleh: {own} dan di dalamnya"
        )


def callers_bounds(around: Around, region: str) -> Bounds:
    """The places where whoever calls now holds one of the roles that the contract lets call this method."""
    roles = allowed(method()).roles
    return Bounds(frozenset(grant.place for grant in caller().grants if grant.role in roles), around, region)
