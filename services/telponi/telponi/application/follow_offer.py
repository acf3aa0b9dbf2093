"""What follows when a referral moved: the next facility is told and its clock starts, or help is called."""

from datetime import datetime
from uuid import UUID

from chassis.kernel.work import Timer
from telponi.application import tell

OFFER = "offer"
"""Kind of the timer that ends an offer."""


def follow_offer(telling: tell.Telling) -> None:
    """Tell the facility that is asked now and start its clock; with nobody left to ask, call for help."""
    referral = telling.referral
    offer = referral.open_offer
    if offer is None:
        tell.unanswered(telling)
        return
    tell.offered(telling, offer)
    telling.work.set_timer(offer_timer(referral.id, len(referral.offers), offer.answer_by))


def offer_timer(referral: UUID, number: int, due: datetime) -> Timer:
    """The clock of offer `number` of a referral."""
    return Timer(offer_timer_id(referral, number), due, OFFER, referral, {"number": str(number)})


def offer_timer_id(referral: UUID, number: int) -> str:
    """By which the clock is stopped again."""
    return f"{OFFER}:{referral}:{number}"
