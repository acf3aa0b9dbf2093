"""Start an emergency referral, or add to the one that runs."""

from dataclasses import dataclass

from chassis.kernel.codes import REFERRAL, new_code
from chassis.kernel.ids import new_id
from chassis.kernel.work import Work
from telponi.application import tell
from telponi.application.caller import Caller
from telponi.application.follow_offer import follow_offer
from telponi.application.world import World
from telponi.domain.danger_signs import DangerSign
from telponi.domain.pregnancy import Pregnancy
from telponi.domain.referral import Referral
from telponi.domain.targets import best_first, needed_ability


@dataclass(frozen=True, slots=True)
class Case:
    """A mother in danger, the signs, who saw them, and what they said besides."""

    mother: Pregnancy
    signs: tuple[DangerSign, ...]
    caller: Caller
    note: str = ""


async def start_referral(case: Case, work: Work, world: World) -> tuple[Referral, bool]:
    """Give the mother's referral and whether it is new: one emergency is one referral, however often reported."""
    if running := await running_referral(case.mother, work):
        if running.add_signs(case.signs, work.now):
            tell.signs_added(tell.Telling(running, case.mother, work, world))
        return running, False
    referral = _new_referral(case, work, world)
    referral.request()
    work.add(referral)
    telling = tell.Telling(referral, case.mother, work, world)
    if not case.caller.covers(referral.village, "midwife"):
        tell.started(telling)
    tell.doctor(telling)
    follow_offer(telling)
    return referral, True


async def running_referral(mother: Pregnancy, work: Work) -> Referral | None:
    """The mother's referral that still leads somewhere."""
    found = await work.find(Referral, "pregnancy", mother.id)
    return next((one for one in found if one.runs(work.now)), None)


def _new_referral(case: Case, work: Work, world: World) -> Referral:
    mother = case.mother
    gestation = mother.gestation(world.places.today(work.now))
    candidates = world.places.able_facilities(mother.village)
    return Referral(
        new_id(),
        code=new_code(REFERRAL),
        pregnancy=mother.id,
        village=mother.village,
        requested_by=case.caller.contact,
        requested_at=work.now,
        signs=case.signs,
        score=mother.screening.score,
        offer_time=world.offer_time,
        untried=best_first(candidates, needed_ability(mother.screening.risk)),
        note=case.note,
        gestation_days=gestation.days if gestation else None,
    )
