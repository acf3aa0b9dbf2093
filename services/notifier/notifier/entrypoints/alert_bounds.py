"""Where a caller may raise, change, end and see alerts: at places that the token's grants reach.

Whoever changes an alert has all its places; who sees it some of them: a flood knows no border of a district. People
of the others are counted and not named.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from chassis.grpc.allowed import allowed
from chassis.grpc.caller import caller, method
from chassis.kernel.errors import Denied, Reject
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

    @property
    def everywhere(self) -> bool:
        """Whether they are the whole region."""
        return self._reach(self.region)

    def sees(self, audience: Audience) -> bool:
        """Whether some of an audience's places lie inside. Alerts to single people have none."""
        return self.everywhere or any(self._reach(group.place) for group in audience.groups)

    def within(self, places: Collection[str]) -> list[str] | None:
        """Those of the places that lie inside; None for all of them."""
        return None if self.everywhere else [place for place in places if self._reach(place)]

    def of_people(self, places: Collection[str]) -> frozenset[str] | None:
        """Those of the places whose people are named: inside, and around, for those serve here; None for all."""
        if self.everywhere:
            return None
        return frozenset(self.within(places) or ()).union(*map(self.around, self.places))

    def outside(self) -> Reject:
        """Why an alert that is seen from elsewhere is not seen from here."""
        own = ", ".join(sorted(self.places))
        return Reject(
            "alert_id",
            "outside_your_places",
            f"peringatan ini di luar wilayah Anda; yang terlihat: peringatan untuk {own} dan di dalamnya",
        )

    def _reach(self, place: str) -> bool:
        return not self.places.isdisjoint(self.around(place))

    def _outside(self, field: str, place: str) -> Reject:
        own = ", ".join(sorted(self.places))
        return Reject(
            field, "outside_your_places", f"{place} di luar wilayah Anda; yang boleh: {own} dan di dalamnya"
        )


class Register(Protocol):
    """Reads without locks (`adapters.directory`)."""

    async def held(self, contact: UUID) -> Collection[str] | None:
        """What a contact holds, as in a token; None for somebody who is no contact."""


async def callers_bounds(around: Around, region: str, register: Register) -> Bounds:
    """The places where whoever calls now holds one of the roles that the contract lets call this method.

    A token tells what was held when it was issued: of that counts what a contact holds still. Raises Denied: nothing.
    """
    roles, who = allowed(method()).roles, caller()
    held = await register.held(who.contact_id)
    grants = [grant for grant in who.grants if grant.role in roles and (held is None or str(grant) in held)]
    if not grants:
        raise Denied("grants", "taken_away", "peran Anda untuk ini sudah dicabut")
    return Bounds(frozenset(grant.place for grant in grants), around, region)


class Audiences(Protocol):
    """Reads without locks (`adapters.directory`)."""

    async def audience(self, alert: UUID) -> Audience | None:
        """Whom an alert is for; None for one that is not known."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What whoever calls now sees. `places` are all of the region."""

    audiences: Audiences
    bounds: Callable[[], Awaitable[Bounds]]
    places: Collection[str]

    async def refusal(self, alert: UUID) -> Reject | None:
        """Why an alert is not seen; None where it is, or where there is none."""
        return await self._refusal(alert, await self.bounds())

    async def _refusal(self, alert: UUID, bounds: Bounds) -> Reject | None:
        if bounds.everywhere:
            return None
        audience = await self.audiences.audience(alert)
        return None if audience is None or bounds.sees(audience) else bounds.outside()

    async def check(self, alert: UUID) -> None:
        """Raise Reject for an alert that is not seen."""
        if refused := await self.refusal(alert):
            raise refused

    async def still(self, alert: UUID) -> frozenset[str] | None:
        """The places whose people are named; None for all. Raises Denied when the alert is not seen any more."""
        bounds = await self.bounds()
        if refused := await self._refusal(alert, bounds):
            raise Denied(refused.field, refused.rule, refused.message)
        return bounds.of_people(self.places)

    async def people(self) -> frozenset[str] | None:
        """The places whose people are named; None for all."""
        return (await self.bounds()).of_people(self.places)

    async def here(self) -> list[str] | None:
        """The places whose alerts are seen; None for all alerts."""
        return (await self.bounds()).within(self.places)
