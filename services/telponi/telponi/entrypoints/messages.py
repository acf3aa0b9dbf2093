"""What the gRPC services say, from the domain to the contract; and who calls them."""

from datetime import date
from typing import Protocol, TypeVar

from chassis.grpc.caller import caller as token_caller
from chassis.kernel.alert import RoleAt
from chassis.postgres.step import Step
from kentongan.telponi.v1 import pregnancy_service_pb2, referral_pb2, referral_service_pb2, risk_pb2
from telponi.application.caller import Caller
from telponi.domain.danger_signs import DangerSign
from telponi.domain.gpa import Gpa
from telponi.domain.kspr import Screening
from telponi.domain.kspr_rows import ROWS
from telponi.domain.referral import Offer, Outcome, Referral
from wire.times import put_time

T = TypeVar("T")


class Boundary(Protocol):
    """Runs a step in a transaction of its own, or with others that come at the same time."""

    async def command(self, step: Step[T]) -> T:
        """Give the step's answer, or raise its error."""


def caller() -> Caller:
    """Who calls, by the token."""
    given = token_caller()
    grants = sorted((grant.role, grant.place) for grant in given.grants)
    return Caller(given.contact_id, tuple(RoleAt(role, place) for role, place in grants))


def iso(day: date | None) -> str:
    """A date; empty when not known."""
    return day.isoformat() if day else ""


def gpa_message(gpa: Gpa | None) -> risk_pb2.Gpa | None:
    """GPA; absent when not known."""
    return risk_pb2.Gpa(gravida=gpa.gravida, para=gpa.para, abortus=gpa.abortus) if gpa else None


def screening_message(screening: Screening) -> risk_pb2.Screening:
    """The score and why."""
    told = risk_pb2.Screening(rule_version=screening.version, score=screening.score)
    told.risk_class = risk_pb2.RiskClass.ValueType(screening.risk)
    for row in screening.rows:
        told.rows.add(row=row, points=ROWS[row].points)
    return told


def signs_of(values: list[int]) -> tuple[DangerSign, ...]:
    """Danger signs of the contract's values, each once."""
    return tuple(dict.fromkeys(DangerSign(value) for value in values))


def brief(referral: Referral | None) -> pregnancy_service_pb2.ReferralBrief | None:
    """A referral in short; absent when there is none."""
    if referral is None:
        return None
    told = pregnancy_service_pb2.ReferralBrief(
        id=str(referral.id),
        code=referral.code,
        state=referral_pb2.ReferralState.ValueType(referral.state),
        facility=referral.facility or "",
    )
    if offer := referral.open_offer:
        put_time(told.answer_by, offer.answer_by)
    return told


def referral_message(referral: Referral, mother_code: str) -> referral_service_pb2.Referral:
    """A referral with all its offers."""
    told = referral_service_pb2.Referral(
        id=str(referral.id),
        code=referral.code,
        pregnancy_code=mother_code,
        village=referral.village,
        state=referral_pb2.ReferralState.ValueType(referral.state),
        signs=[risk_pb2.DangerSign.ValueType(sign) for sign in referral.signs],
        score=referral.score,
        offers=[_offer(offer) for offer in referral.offers],
    )
    put_time(told.requested_at, referral.requested_at)
    return told


def _offer(offer: Offer) -> referral_service_pb2.Offer:
    told = referral_service_pb2.Offer(facility=offer.facility, outcome=OUTCOMES[offer.outcome])
    put_time(told.made_at, offer.made_at)
    put_time(told.answer_by, offer.answer_by)
    if offer.reason:
        told.reason = referral_pb2.DeclineReason.ValueType(offer.reason)
    return told


OUTCOMES = {outcome: outcome.name.lower() for outcome in Outcome}
