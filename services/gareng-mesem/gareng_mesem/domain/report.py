"""A report of waste, as its reporter sees it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from chassis.kernel.aggregate import Aggregate
from chassis.kernel.errors import Conflict
from gareng_mesem.domain.events import ReportCompleted, ReportDisputed, ReportMerged, ReportPlaced, ReportResolved
from gareng_mesem.domain.waste import Category, Size


class ReportState(StrEnum):
    """Where a report stands."""

    OPEN = "open"
    RESOLVED = "resolved"
    DISPUTED = "disputed"


@dataclass(slots=True, eq=False)
class Report(Aggregate):
    """One person's report. `pickup` is the job that will answer it; several reports may share one.

    `photo` is the notifier's reference of a photo, empty without one.
    """

    code: str
    reporter: UUID
    channel: str
    category: Category
    size: Size
    village: str
    point: tuple[float, float] | None
    pickup: UUID
    made_at: datetime
    photo: str = ""
    merged: bool = False
    state: ReportState = ReportState.OPEN
    disputes: int = 0

    def place(self) -> None:
        """Say that the report is made."""
        self.record(
            ReportPlaced(self.id, self.code, self.category, self.size, self.village, self.point, self.made_at)
        )
        if self.merged:
            self.record(ReportMerged(self.id, self.code, self.pickup, self.made_at))

    def add(self, point: tuple[float, float] | None, photo: str) -> None:
        """Take a location or photo that came after the report."""
        self.point = point or self.point
        self.photo = photo or self.photo
        self.record(ReportCompleted(self.id))

    def resolve(self, at: datetime) -> None:
        """Take note that the waste is gone."""
        self.state = ReportState.RESOLVED
        self.record(ReportResolved(self.id, self.pickup, at))

    def dispute(self, at: datetime) -> None:
        """Take the reporter's word that it still lies there. Raises Conflict while nothing was said to be done."""
        if self.state is not ReportState.RESOLVED:
            raise Conflict("kode", "not_done_yet", f"{self.code} belum dinyatakan selesai")
        self.state = ReportState.DISPUTED
        self.disputes += 1
        self.record(ReportDisputed(self.id, self.disputes, at))
