"""From what happened to the messages that tell of it (proto/kentongan/telponi/v1)."""

from collections.abc import Callable
from datetime import UTC, datetime, time
from typing import Any

from chassis.kernel.draft import DraftDropped, DraftKept
from chassis.postgres.outbox import Encode, OutboxRow, Recorded
from kentongan.telponi.v1 import pregnancy_pb2, referral_pb2, risk_pb2
from telponi.domain import pregnancy as of_pregnancy
from telponi.domain import referral_events as of_referral
from telponi.domain.gestation import due_date
from telponi.domain.kspr import Facts, Screening, in_order
from telponi.domain.kspr_rows import ROWS
from wire.alerts import TOLD, encode_told
from wire.facts import row
from wire.times import put_time

PACKAGE = "kentongan.telponi.v1"
PREGNANCY_TOPIC = "kentongan.telponi.pregnancy.v1"
REFERRAL_TOPIC = "kentongan.telponi.referral.v1"

Fill = Callable[[Any, Any], None]


def screening_message(screening: Screening) -> risk_pb2.Screening:
    """A screening as the contract says it."""
    return risk_pb2.Screening(
        rule_version=screening.version,
        score=screening.score,
        risk_class=risk_pb2.RiskClass.ValueType(screening.risk),
        rows=[risk_pb2.CountedRow(row=number, points=ROWS[number].points) for number in screening.rows],
    )


def facts_message(facts: Facts) -> risk_pb2.RiskFacts:
    """What a score was computed from, as the contract says it."""
    return risk_pb2.RiskFacts(
        age_years=facts.age_years,
        gpa=risk_pb2.Gpa(gravida=facts.gpa.gravida, para=facts.gpa.para, abortus=facts.gpa.abortus)
        if facts.gpa
        else None,
        height_cm=facts.height_cm,
        years_married=facts.years_married,
        years_since_birth=facts.years_since_birth,
        gestation_days=facts.gestation.days if facts.gestation else None,
        ticked_rows=in_order(facts.ticked),
    )


def _registered(event: of_pregnancy.PregnancyRegistered, fact: pregnancy_pb2.PregnancyFact) -> None:
    told = fact.pregnancy_registered
    told.code, told.village, told.registered_by = event.code, event.village, str(event.registered_by)
    if event.lmp:
        put_time(told.due_date, datetime.combine(due_date(event.lmp), time.min, UTC))
    if event.possible_duplicate_of:
        told.possible_duplicate_of = str(event.possible_duplicate_of)


def _screened(event: of_pregnancy.PregnancyScreened, fact: pregnancy_pb2.PregnancyFact) -> None:
    fact.pregnancy_screened.screening.CopyFrom(screening_message(event.screening))
    fact.pregnancy_screened.facts.CopyFrom(facts_message(event.facts))


def _in_danger(event: of_pregnancy.DangerSignsReported, fact: pregnancy_pb2.PregnancyFact) -> None:
    fact.danger_signs_reported.signs.extend(risk_pb2.DangerSign.ValueType(sign) for sign in event.signs)


def _requested(event: of_referral.ReferralRequested, fact: referral_pb2.ReferralFact) -> None:
    told = fact.referral_requested
    told.code, told.village, told.requested_by = event.code, event.village, str(event.requested_by)
    told.signs.extend(risk_pb2.DangerSign.ValueType(sign) for sign in event.signs)
    told.score = event.score
    if event.gestation_days is not None:
        told.gestation_days = event.gestation_days


def _signs_added(event: of_referral.ReferralSignsAdded, fact: referral_pb2.ReferralFact) -> None:
    fact.referral_signs_added.signs.extend(risk_pb2.DangerSign.ValueType(sign) for sign in event.signs)


def _offered(event: of_referral.ReferralOffered, fact: referral_pb2.ReferralFact) -> None:
    told = fact.referral_offered
    told.facility, told.number = event.facility, event.number
    put_time(told.answer_by, event.answer_by)


def _declined(event: of_referral.OfferDeclined, fact: referral_pb2.ReferralFact) -> None:
    told = fact.offer_declined
    told.facility, told.number = event.facility, event.number
    told.reason = referral_pb2.DeclineReason.ValueType(event.reason)
    told.waited_seconds = int(event.waited.total_seconds())


def _expired(event: of_referral.OfferExpired, fact: referral_pb2.ReferralFact) -> None:
    fact.offer_expired.facility, fact.offer_expired.number = event.facility, event.number


def _unreached(event: of_referral.OfferUnreached, fact: referral_pb2.ReferralFact) -> None:
    fact.offer_unreached.facility, fact.offer_unreached.number = event.facility, event.number


def _accepted(event: of_referral.ReferralAccepted, fact: referral_pb2.ReferralFact) -> None:
    told = fact.referral_accepted
    told.facility, told.number = event.facility, event.number
    told.waited_seconds = int(event.waited.total_seconds())


def _unanswered(event: of_referral.ReferralUnanswered, fact: referral_pb2.ReferralFact) -> None:
    fact.referral_unanswered.SetInParent()
    fact.referral_unanswered.asked = event.asked


OF_PREGNANCIES: dict[type, Fill] = {
    of_pregnancy.PregnancyRegistered: _registered,
    of_pregnancy.PregnancyScreened: _screened,
    of_pregnancy.DangerSignsReported: _in_danger,
}
OF_REFERRALS: dict[type, Fill] = {
    of_referral.ReferralRequested: _requested,
    of_referral.ReferralSignsAdded: _signs_added,
    of_referral.ReferralOffered: _offered,
    of_referral.OfferDeclined: _declined,
    of_referral.OfferExpired: _expired,
    of_referral.OfferUnreached: _unreached,
    of_referral.ReferralAccepted: _accepted,
    of_referral.ReferralUnanswered: _unanswered,
}
UNTOLD = (DraftKept, DraftDropped)
"""Changes that the bus hears nothing of."""


def encoder(notifier_key: bytes) -> Encode:
    """Give the function that makes messages of events. `notifier_key`: the notifier's public sealing key."""

    def encode(event: object, about: Recorded) -> OutboxRow | None:
        if isinstance(event, UNTOLD):
            return None
        if isinstance(event, TOLD):
            return encode_told(event, about, notifier_key)
        if fill := OF_PREGNANCIES.get(type(event)):
            fact = pregnancy_pb2.PregnancyFact()
            fill(event, fact)
            return row(fact, event, about, topic=PREGNANCY_TOPIC, package=PACKAGE)
        return _of_referral(event, about)

    return encode


def _of_referral(event: Any, about: Recorded) -> OutboxRow:
    fact = referral_pb2.ReferralFact(pregnancy_id=str(event.pregnancy))
    OF_REFERRALS[type(event)](event, fact)
    return row(fact, event, about, topic=REFERRAL_TOPIC, package=PACKAGE, key=event.pregnancy)
