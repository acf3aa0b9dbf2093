"""A referral is a race against time: one facility is asked after the other until one accepts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from uuid import UUID

from chassis.kernel.aggregate import Aggregate
from chassis.kernel.errors import Conflict
from telponi.domain.danger_signs import DangerSign
from telponi.domain.referral_events import (
    OfferDeclined,
    OfferExpired,
    OfferUnreached,
    ReferralAccepted,
    ReferralOffered,
    ReferralRequested,
    ReferralSignsAdded,
    ReferralUnanswered,
)

JOURNEY = timedelta(hours=24)
"""After this an accepted referral has reached its end, whatever was not reported."""


class DeclineReason(IntEnum):
    """Why a facility declines; the value is that of the contract."""

    FULL = 1
    NO_BLOOD = 2
    NO_DOCTOR = 3
    NOT_ABLE = 4
    OTHER = 5


class State(IntEnum):
    """How far a referral is; the value is that of the contract."""

    OFFERED = 1
    ACCEPTED = 2
    UNANSWERED = 3


class Outcome(IntEnum):
    """What became of an offer."""

    OPEN = 1
    ACCEPTED = 2
    DECLINED = 3
    EXPIRED = 4
    UNREACHED = 5


class OfferNotOpen(Conflict):
    """The offer was answered, expired, or is somebody else's."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__("kode", "offer_not_open", f"{code} {why}")


@dataclass(frozen=True, slots=True)
class Answer:
    """A facility's answer: accepted, or declined for a reason, perhaps in its own words."""

    declined: DeclineReason | None = None
    words: str = ""


@dataclass(slots=True)
class Offer:
    """One facility's chance to answer."""

    facility: str
    made_at: datetime
    answer_by: datetime
    outcome: Outcome = Outcome.OPEN
    answered_at: datetime | None = None
    reason: DeclineReason | None = None
    words: str = ""


@dataclass(slots=True, eq=False)
class Referral(Aggregate):
    """An emergency referral (RTW). `untried` are the facilities still to be asked, the best first."""

    code: str
    pregnancy: UUID
    village: str
    requested_by: UUID
    requested_at: datetime
    signs: tuple[DangerSign, ...]
    score: int
    offer_time: timedelta
    untried: list[str]
    note: str = ""
    gestation_days: int | None = None
    state: State = State.OFFERED
    offers: list[Offer] = field(default_factory=list)

    def request(self) -> None:
        """Begin: ask the best facility."""
        self.record(
            ReferralRequested(
                self.pregnancy,
                self.code,
                self.village,
                self.requested_by,
                self.signs,
                self.score,
                self.gestation_days,
                self.requested_at,
            )
        )
        self._offer_next(self.requested_at)

    def add_signs(self, signs: Sequence[DangerSign], at: datetime) -> tuple[DangerSign, ...]:
        """Take further signs while it is open; gives those that are new."""
        new = tuple(sign for sign in signs if sign not in self.signs)
        if new:
            self.signs += new
            self.record(ReferralSignsAdded(self.pregnancy, new, at))
        return new

    def answer(self, facility: str, answer: Answer, at: datetime) -> None:
        """Take a facility's answer to its open offer; a decline moves on to the next facility.

        Raises OfferNotOpen: the offer was answered, expired, or is somebody else's.
        """
        offer = self._open_offer_of(facility)
        waited = at - offer.made_at
        offer.answered_at = at
        if answer.declined is None:
            offer.outcome = Outcome.ACCEPTED
            self.state = State.ACCEPTED
            self.record(ReferralAccepted(self.pregnancy, facility, len(self.offers), waited, at))
            return
        offer.outcome, offer.reason, offer.words = Outcome.DECLINED, answer.declined, answer.words
        number = len(self.offers)
        self.record(OfferDeclined(self.pregnancy, facility, number, int(answer.declined), waited, at))
        self._offer_next(at)

    def expire(self, number: int, at: datetime) -> bool:
        """End offer `number` (from 1) if it is still open, and ask the next facility; gives whether it was."""
        return self._give_up(number, Outcome.EXPIRED, OfferExpired, at)

    def reach_nobody(self, number: int, at: datetime) -> bool:
        """The same at once where nobody can be told: waiting for an answer would only cost the mother's time."""
        return self._give_up(number, Outcome.UNREACHED, OfferUnreached, at)

    @property
    def open_offer(self) -> Offer | None:
        """The offer that waits for an answer; always the last one."""
        last = self.offers[-1] if self.offers else None
        return last if last and last.outcome is Outcome.OPEN else None

    @property
    def facility(self) -> str | None:
        """The facility asked last: the accepting one when accepted."""
        return self.offers[-1].facility if self.offers else None

    def runs(self, at: datetime) -> bool:
        """Does it still lead somewhere? Asked, or accepted within the last day; another emergency is a new one."""
        if self.state is State.ACCEPTED:
            accepted_at = self.offers[-1].answered_at
            return accepted_at is not None and at - accepted_at < JOURNEY
        return self.state is State.OFFERED

    def _give_up(
        self, number: int, outcome: Outcome, event: type[OfferExpired | OfferUnreached], at: datetime
    ) -> bool:
        offer = self.open_offer
        if offer is None or number != len(self.offers):
            return False
        offer.outcome = outcome
        self.record(event(self.pregnancy, offer.facility, number, at))
        self._offer_next(at)
        return True

    def _open_offer_of(self, facility: str) -> Offer:
        offer = self.open_offer
        if offer and offer.facility == facility:
            return offer
        if self.state is State.ACCEPTED and self.facility == facility:
            raise OfferNotOpen(self.code, "sudah Anda terima")
        if any(past.facility == facility for past in self.offers):
            raise OfferNotOpen(self.code, "sudah ditutup, tidak bisa dijawab lagi")
        raise OfferNotOpen(self.code, "tidak ditawarkan kepada Anda")

    def _offer_next(self, at: datetime) -> None:
        if not self.untried:
            self.state = State.UNANSWERED
            self.record(ReferralUnanswered(self.pregnancy, len(self.offers), at))
            return
        facility = self.untried.pop(0)
        self.offers.append(Offer(facility, at, at + self.offer_time))
        self.record(ReferralOffered(self.pregnancy, facility, len(self.offers), at + self.offer_time, at))
