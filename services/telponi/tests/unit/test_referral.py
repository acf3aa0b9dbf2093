"""The race: offers one after another, whatever comes in whatever order."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from telponi.domain.danger_signs import DangerSign
from telponi.domain.referral import Answer, DeclineReason, OfferNotOpen, Outcome, Referral, State
from telponi.domain.referral_events import OfferDeclined, OfferExpired, ReferralAccepted, ReferralUnanswered
from telponi.domain.targets import Ability, Candidate, best_first

AT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
FACILITIES = ["A", "B", "C"]


def a_referral(*facilities: str) -> Referral:
    return Referral(
        uuid4(),
        code="R2K7P",
        pregnancy=uuid4(),
        village="33.17.12.2002",
        requested_by=uuid4(),
        requested_at=AT,
        signs=(DangerSign.BLEEDING,),
        score=2,
        offer_time=timedelta(minutes=5),
        untried=list(facilities),
    )


class Race(RuleBasedStateMachine):
    @initialize(facilities=st.lists(st.sampled_from(FACILITIES), unique=True))
    def begins(self, facilities: list[str]) -> None:
        self.facilities = facilities
        self.now = AT
        self.referral = a_referral(*facilities)
        self.referral.request()
        self.events: list[object] = []

    @rule(facility=st.sampled_from(FACILITIES), accepts=st.booleans())
    def somebody_answers(self, facility: str, accepts: bool) -> None:  # noqa: FBT001 - drawn by hypothesis
        self.now += timedelta(seconds=1)
        offer = self.referral.open_offer
        before = [(one.facility, one.outcome) for one in self.referral.offers]
        answer = Answer() if accepts else Answer(DeclineReason.FULL)
        if offer and offer.facility == facility:
            self.referral.answer(facility, answer, self.now)
            assert offer.outcome is (Outcome.ACCEPTED if accepts else Outcome.DECLINED)
        else:
            with pytest.raises(OfferNotOpen):
                self.referral.answer(facility, answer, self.now)
            assert [(one.facility, one.outcome) for one in self.referral.offers] == before

    @rule(number=st.integers(1, 4))
    def a_clock_runs_out(self, number: int) -> None:
        waits = self.referral.open_offer is not None and number == len(self.referral.offers)
        assert self.referral.expire(number, self.now) is waits

    @invariant()
    def everybody_is_asked_once_the_best_first(self) -> None:
        asked = [offer.facility for offer in self.referral.offers]
        assert asked + self.referral.untried == self.facilities

    @invariant()
    def at_most_one_waits_and_at_most_one_accepted(self) -> None:
        outcomes = [offer.outcome for offer in self.referral.offers]
        assert outcomes.count(Outcome.OPEN) == (self.referral.state is State.OFFERED)
        assert outcomes.count(Outcome.ACCEPTED) == (self.referral.state is State.ACCEPTED)

    @invariant()
    def what_happened_is_told_once(self) -> None:
        self.events += self.referral.pull_events()
        told = [type(event) for event in self.events]
        outcomes = [offer.outcome for offer in self.referral.offers]
        assert told.count(ReferralAccepted) == outcomes.count(Outcome.ACCEPTED)
        assert told.count(OfferDeclined) == outcomes.count(Outcome.DECLINED)
        assert told.count(OfferExpired) == outcomes.count(Outcome.EXPIRED)
        assert told.count(ReferralUnanswered) == (self.referral.state is State.UNANSWERED)


TestRace = Race.TestCase
TestRace.settings = settings(max_examples=60, stateful_step_count=12, deadline=None)


def test_the_able_come_first_then_the_near() -> None:
    candidates = [
        Candidate("near-poned", Ability.PONED, 1),
        Candidate("far-ponek", Ability.PONEK, 30),
        Candidate("ponek", Ability.PONEK, 20),
        Candidate("nothing", Ability.NONE, 0),
    ]
    assert best_first(candidates, Ability.PONED) == ["near-poned", "ponek", "far-ponek"]
    assert best_first(candidates, Ability.PONEK) == ["ponek", "far-ponek", "near-poned"]


def test_an_accepted_referral_runs_for_a_day() -> None:
    referral = a_referral("A")
    referral.request()
    referral.answer("A", Answer(), AT)
    assert referral.runs(AT + timedelta(hours=23))
    assert not referral.runs(AT + timedelta(hours=24))


def test_signs_are_added_once() -> None:
    referral = a_referral("A")
    assert referral.add_signs((DangerSign.BLEEDING, DangerSign.FEVER), AT) == (DangerSign.FEVER,)
    assert referral.add_signs((DangerSign.FEVER,), AT) == ()
