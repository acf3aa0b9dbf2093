"""Find what a code names, for those who may know of it."""

from collections.abc import Sequence

from chassis.kernel.errors import NotFound
from chassis.kernel.ids import new_id
from chassis.kernel.work import Work
from telponi.application.caller import CARERS, FACILITY, WATCHERS, Caller
from telponi.domain.pregnancy import Pregnancy
from telponi.domain.record_read import RecordRead
from telponi.domain.referral import Referral


async def mother_by_code(code: str, caller: Caller, roles: Sequence[str], work: Work) -> Pregnancy:
    """The pregnancy. Raises NotFound: no such code, or outside the caller's places."""
    found = await work.find(Pregnancy, "code", code)
    if not found:
        raise NotFound("kode", f"{code} tidak ditemukan")
    caller.must_know(code, found[0].village, *roles)
    return found[0]


async def referral_by_code(code: str, caller: Caller, work: Work) -> Referral:
    """The referral. Raises NotFound: no such code, outside the caller's places, never offered to the caller."""
    found = await work.find(Referral, "code", code)
    if not found:
        raise NotFound("kode", f"{code} tidak ditemukan")
    referral = found[0]
    asked = {offer.facility for offer in referral.offers}
    if asked.isdisjoint(caller.places(*FACILITY)):
        caller.must_know(code, referral.village, *CARERS, *WATCHERS)
    return referral


async def open_referrals(caller: Caller, work: Work) -> list[Referral]:
    """Open referrals that concern the caller, oldest first."""
    found: dict[object, Referral] = {}
    for facility in caller.places(*FACILITY):
        found |= {one.id: one for one in await work.find(Referral, "facility", facility)}
    for place in caller.places(*CARERS, *WATCHERS):
        found |= {one.id: one for one in await work.find(Referral, "area", place)}
    running = (one for one in found.values() if one.runs(work.now))
    return sorted(running, key=lambda one: (one.requested_at, one.code))


async def mothers_of(caller: Caller, work: Work) -> list[Pregnancy]:
    """The mothers whom the caller registered, oldest first."""
    found = await work.find(Pregnancy, "registered_by", caller.contact)
    return sorted(found, key=lambda one: (one.registered_at, one.code))


async def read_record(code: str, caller: Caller, means: str, work: Work) -> Pregnancy:
    """The mother's record; who read it is written down. Raises NotFound."""
    mother = await mother_by_code(code, caller, CARERS, work)
    work.add(RecordRead(new_id(), mother.id, caller.contact, means, work.now))
    return mother
