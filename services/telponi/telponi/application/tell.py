"""Who is told what at each step of a referral. The texts are the region's templates (`templates/telponi.yaml`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from chassis.kernel.alert import Alert, CancelAlert, Group, Lane
from chassis.kernel.ids import derived_id
from chassis.kernel.work import Work
from telponi.application.world import World
from telponi.domain.danger_signs import spoken
from telponi.domain.gestation import Gestation
from telponi.domain.pregnancy import Pregnancy
from telponi.domain.referral import DeclineReason, Offer, Referral

NEWS_LIFE = timedelta(hours=6)
"""News of a referral that comes later than this helps nobody."""

LONGEST_REASON = 40
"""Characters of a facility's own words that fit the message."""

OFFERED = "referral_offer"

REASONS = {
    DeclineReason.FULL: "penuh",
    DeclineReason.NO_BLOOD: "tidak ada darah",
    DeclineReason.NO_DOCTOR: "tidak ada dokter",
    DeclineReason.NOT_ABLE: "alat tidak mampu",
    DeclineReason.OTHER: "alasan lain",
}


@dataclass(frozen=True, slots=True)
class Telling:
    """A referral, its mother, and where to say what happened."""

    referral: Referral
    mother: Pregnancy
    work: Work
    world: World


def offered(telling: Telling, offer: Offer) -> None:
    """Ask the facility on duty."""
    values = {**_danger(telling), "gestation": _gestation(telling), "minutes": str(minutes_of(offer))}
    _tell(telling, OFFERED, values, _facility_duty(offer), acknowledge_by=offer.answer_by)


def offer_alert(referral: Referral, number: int) -> UUID:
    """The id of the alert that asks facility `number` (from 1)."""
    return derived_id("alert", str(referral.id), OFFERED, str(number), "")


def doctor(telling: Telling) -> None:
    """Tell the doctor of the village, in parallel to the first offer."""
    values = {**_danger(telling), "facility": _facility(telling)}
    _tell(telling, "referral_doctor", values, _at(telling, "doctor"))


def started(telling: Telling) -> None:
    """Tell the midwife of the village what somebody else reported."""
    values = {**_danger(telling), "facility": _facility(telling)}
    _tell(telling, "referral_started", values, _at(telling, "midwife"))


def signs_added(telling: Telling) -> None:
    """Tell the facility asked last what else is seen."""
    if offers := telling.referral.offers:
        step = str(len(telling.referral.signs))
        _tell(telling, "referral_signs", _danger(telling), _facility_duty(offers[-1]), step=step)


def accepted(telling: Telling) -> None:
    """Tell the midwife where to go, and the doctor."""
    values = {**_who(telling), "facility": _facility(telling)}
    _tell_midwife(telling, "referral_accepted", values, _at(telling, "doctor"))


def declined(telling: Telling, offer: Offer) -> None:
    """Tell the midwife who declined, why, and who is asked now."""
    values = {**_who(telling), "facility": _name(telling, offer), "reason": why(offer), "next": _next(telling)}
    _tell_midwife(telling, "referral_declined", values, step=_number(telling, offer))


def expired(telling: Telling, offer: Offer) -> None:
    """Tell the midwife who stayed silent and who is asked now; tell the silent one that it is over."""
    values = {**_who(telling), "facility": _name(telling, offer), "next": _next(telling)}
    step = _number(telling, offer)
    _tell_midwife(telling, "referral_expired", values, step=step)
    _tell(telling, "offer_closed", {"code": telling.referral.code}, _facility_duty(offer), step=step)


def unreached(telling: Telling, offer: Offer) -> None:
    """Tell the midwife who cannot be reached and who is asked now."""
    values = {**_who(telling), "facility": _name(telling, offer), "next": _next(telling)}
    _tell_midwife(telling, "referral_unreached", values, step=_number(telling, offer))


def call_off(telling: Telling, number: int, reason: str) -> None:
    """Send offer `number`, which is over, to nobody any more."""
    referral = telling.referral
    telling.work.record(CancelAlert(offer_alert(referral, number), referral.pregnancy, Lane.LIFE_SAFETY, reason))


def unanswered(telling: Telling) -> None:
    """Nobody is left: call the puskesmas head and the district health office; tell the midwife that they know."""
    values = {**_danger(telling), "asked": str(len(telling.referral.offers))}
    heads = (_at(telling, "puskesmas_head"), _at(telling, "district_health_office"))
    due = telling.work.now + telling.world.offer_time
    _tell(telling, "referral_unanswered", values, *heads, acknowledge_by=due)
    _tell_midwife(telling, "referral_help_called", _who(telling))


def why(offer: Offer) -> str:
    """Why it was declined, in the facility's own words where it used some."""
    return offer.words[:LONGEST_REASON] or REASONS[offer.reason or DeclineReason.OTHER]


def minutes_of(offer: Offer) -> int:
    """How many minutes the facility has, at least one."""
    return max(1, round((offer.answer_by - offer.made_at) / timedelta(minutes=1)))


def _tell_midwife(telling: Telling, template: str, values: Mapping[str, str], *others: Group, step: str = "") -> None:
    """Tell the midwives of the village and whoever asked for the referral; a person who is both is told once."""
    asker = telling.referral.requested_by
    _tell(telling, template, values, _at(telling, "midwife"), *others, contacts=(asker,), step=step)


def _tell(
    telling: Telling,
    template: str,
    values: Mapping[str, str],
    *groups: Group,
    contacts: tuple[UUID, ...] = (),
    acknowledge_by: datetime | None = None,
    step: str = "",
) -> None:
    referral = telling.referral
    telling.work.record(
        Alert(
            id=derived_id("alert", str(referral.id), template, str(len(referral.offers)), step),
            subject=referral.pregnancy,
            template=f"telponi.{template}",
            values=values,
            lane=Lane.LIFE_SAFETY,
            expires_at=telling.work.now + NEWS_LIFE,
            groups=groups,
            contacts=contacts,
            acknowledge_by=acknowledge_by,
        )
    )


def _who(telling: Telling) -> dict[str, str]:
    """Initials, village and code: all that a message may say of a mother."""
    return {
        "code": telling.referral.code,
        "initials": telling.mother.person.initials,
        "village": telling.world.places.village(telling.referral.village),
    }


def _danger(telling: Telling) -> dict[str, str]:
    """The same, and the signs: what the receiver needs to act."""
    return {**_who(telling), "signs": spoken(telling.referral.signs)}


def _at(telling: Telling, role: str) -> Group:
    return Group(role, telling.referral.village)


def _facility_duty(offer: Offer) -> Group:
    return Group("facility_duty", offer.facility)


def _gestation(telling: Telling) -> str:
    days = telling.referral.gestation_days
    return "?" if days is None else str(Gestation(days))


def _number(telling: Telling, offer: Offer) -> str:
    """Which offer it is about: after the last one no new one is made, and the count alone would be the same again."""
    return str(telling.referral.offers.index(offer) + 1)


def _name(telling: Telling, offer: Offer) -> str:
    return telling.world.places.facility(offer.facility)


def _facility(telling: Telling) -> str:
    code = telling.referral.facility
    return telling.world.places.facility(code) if code else "-"


def _next(telling: Telling) -> str:
    """Who is asked now, as the end of a sentence."""
    return f"ditawarkan ke {_facility(telling)}" if telling.referral.open_offer else "tidak ada RS/puskesmas lain"
