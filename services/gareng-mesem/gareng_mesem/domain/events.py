"""What happens to reports and pickups, in the past tense."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from gareng_mesem.domain.waste import Category, Size


@dataclass(frozen=True, slots=True)
class ReportPlaced:
    """A report has its place."""

    report: UUID
    code: str
    category: Category
    size: Size
    village: str
    point: tuple[float, float] | None
    at: datetime


@dataclass(frozen=True, slots=True)
class ReportMerged:
    """A report joined an open pickup."""

    report: UUID
    code: str
    pickup: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class ReportResolved:
    """What was reported is taken away."""

    report: UUID
    pickup: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class ReportDisputed:
    """The reporter says that it still lies there."""

    report: UUID
    times: int
    at: datetime


@dataclass(frozen=True, slots=True)
class PickupRequested:
    """A pickup is wanted."""

    pickup: UUID
    code: str
    report: UUID
    category: Category
    village: str
    target_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class PickupOffered:
    """A collector was asked."""

    pickup: UUID
    collector: UUID
    until: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class PickupAccepted:
    """The collector takes it."""

    pickup: UUID
    collector: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class PickupRefused:
    """The collector does not take it."""

    pickup: UUID
    collector: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class PickupOfferExpired:
    """The collector did not answer in time."""

    pickup: UUID
    collector: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class PickupUnassigned:
    """Nobody is left to ask."""

    pickup: UUID
    asked: int
    at: datetime


@dataclass(frozen=True, slots=True)
class PickupDone:
    """The collector took it away."""

    pickup: UUID
    collector: UUID
    volume_m3: float
    at: datetime


@dataclass(frozen=True, slots=True)
class PickupReopened:
    """It still lies there: wanted again."""

    pickup: UUID
    report: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class PickupLate:
    """Its target time passed."""

    pickup: UUID
    target_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class PickupJoined:
    """One more report is answered by the pickup. The bus hears of it as ReportMerged."""

    pickup: UUID
    report: UUID


@dataclass(frozen=True, slots=True)
class CollectorStated:
    """A collector's places or duty changed. The bus has it from the notifier already."""

    collector: UUID


@dataclass(frozen=True, slots=True)
class ReportCompleted:
    """A location or photo came after the report. Nobody else needs to hear of it."""

    report: UUID


@dataclass(frozen=True, slots=True)
class PickupLocated:
    """The exact spot is known now. Nobody else needs to hear of it."""

    pickup: UUID
