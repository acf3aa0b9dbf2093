"""Take a facility's answer to the offer it holds."""

from dataclasses import dataclass

from chassis.kernel.errors import NotFound
from chassis.kernel.work import Work
from telponi.application import tell
from telponi.application.caller import FACILITY, Caller
from telponi.application.follow_offer import follow_offer, offer_timer_id
from telponi.application.world import World
from telponi.domain.pregnancy import Pregnancy
from telponi.domain.referral import Answer, Referral


@dataclass(frozen=True, slots=True)
class AnswerOffer:
    """The answer of the facility where the caller is on duty."""

    caller: Caller
    code: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class OfferAnswered:
    """The referral after the answer, and its mother."""

    referral: Referral
    pregnancy: Pregnancy


async def answer_offer(command: AnswerOffer, work: Work, world: World) -> OfferAnswered:
    """Accept or decline; a decline asks the next facility. Raises NotFound, OfferNotOpen."""
    referral = await _referral(command, work)
    mother = await work.get(Pregnancy, referral.pregnancy)
    facility, number = _answering(referral, command.caller), len(referral.offers)
    referral.answer(facility, command.answer, work.now)
    work.clear_timer(offer_timer_id(referral.id, number))
    telling = tell.Telling(referral, mother, work, world)
    if command.answer.declined is None:
        tell.accepted(telling)
    else:
        tell.declined(telling, referral.offers[number - 1])
        tell.call_off(telling, number, "declined")
        follow_offer(telling)
    return OfferAnswered(referral, mother)


async def _referral(command: AnswerOffer, work: Work) -> Referral:
    """The referral. Raises NotFound: no such code, or nothing of it was ever told to this facility."""
    for referral in await work.find(Referral, "code", command.code):
        asked = {offer.facility for offer in referral.offers}
        if not asked.isdisjoint(command.caller.places(*FACILITY)):
            return referral
    raise NotFound("kode", f"{command.code} tidak ditawarkan kepada Anda")


def _answering(referral: Referral, caller: Caller) -> str:
    """The facility for which the caller answers: the one asked now, else one that was asked before."""
    asked = [offer.facility for offer in reversed(referral.offers)]
    return next(facility for facility in asked if facility in caller.places(*FACILITY))
