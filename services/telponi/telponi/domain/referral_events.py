"""What can happen to a referral. `pregnancy` is the key under which the world hears of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from telponi.domain.danger_signs import DangerSign


@dataclass(frozen=True, slots=True)
class ReferralRequested:
    """An emergency referral was requested."""

    pregnancy: UUID
    code: str
    village: str
    requested_by: UUID
    signs: tuple[DangerSign, ...]
    score: int
    gestation_days: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class ReferralSignsAdded:
    """More signs were reported while it was open."""

    pregnancy: UUID
    signs: tuple[DangerSign, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class ReferralOffered:
    """A facility is asked; `number` counts from 1."""

    pregnancy: UUID
    facility: str
    number: int
    answer_by: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class OfferDeclined:
    """A facility declined; `reason` is the value of DeclineReason."""

    pregnancy: UUID
    facility: str
    number: int
    reason: int
    waited: timedelta
    at: datetime


@dataclass(frozen=True, slots=True)
class OfferExpired:
    """A facility did not answer in time."""

    pregnancy: UUID
    facility: str
    number: int
    at: datetime


@dataclass(frozen=True, slots=True)
class OfferUnreached:
    """The offer reached nobody at the facility."""

    pregnancy: UUID
    facility: str
    number: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ReferralAccepted:
    """A facility accepted."""

    pregnancy: UUID
    facility: str
    number: int
    waited: timedelta
    at: datetime


@dataclass(frozen=True, slots=True)
class ReferralUnanswered:
    """Nobody is left to ask."""

    pregnancy: UUID
    asked: int
    at: datetime
