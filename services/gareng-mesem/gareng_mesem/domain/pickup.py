"""A pickup: the job given to a collector, offered to one after another until somebody takes it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from chassis.kernel.aggregate import Aggregate
from chassis.kernel.errors import Conflict
from gareng_mesem.domain import events
from gareng_mesem.domain.waste import Category, Size

REOPENED_AT_MOST = 1  # by itself; later complaints go to the supervisor (gareng-mesem.md, "A pickup")


class PickupState(StrEnum):
    """Where a pickup stands."""

    UNASSIGNED = "unassigned"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    DONE = "done"


@dataclass(slots=True, eq=False)
class Pickup(Aggregate):
    """`asked` are the collectors who were offered this round, in order; the last of them is the one asked now."""

    code: str
    category: Category
    size: Size
    village: str
    point: tuple[float, float] | None
    target_at: datetime
    reports: list[UUID]
    state: PickupState = PickupState.UNASSIGNED
    collector: UUID | None = None
    asked: list[UUID] = field(default_factory=list)
    offered_until: datetime | None = None
    volume_m3: float | None = None
    reopened: int = 0

    @property
    def open(self) -> bool:
        """True until it is done."""
        return self.state is not PickupState.DONE

    def request(self, at: datetime) -> None:
        """Say that the pickup is wanted."""
        event = events.PickupRequested(
            self.id, self.code, self.reports[0], self.category, self.village, self.target_at, at
        )
        self.record(event)

    def join(self, report: UUID) -> None:
        """Let one more report be answered by this pickup."""
        self.reports.append(report)
        self.record(events.PickupJoined(self.id, report))

    def locate(self, point: tuple[float, float]) -> None:
        """Take the exact spot from a reporter who shared it later."""
        if self.point is None:
            self.point = point
            self.record(events.PickupLocated(self.id))

    def offer(self, nearest: list[UUID], until: timedelta, at: datetime) -> UUID | None:
        """Ask the nearest collector who was not asked yet, and give that one; None when nobody is left."""
        collector = next((each for each in nearest if each not in self.asked), None)
        self.collector = collector
        if collector is None:
            self.state, self.offered_until = PickupState.UNASSIGNED, None
            self.record(events.PickupUnassigned(self.id, len(self.asked), at))
            return None
        self.asked.append(collector)
        self.state, self.offered_until = PickupState.OFFERED, at + until
        self.record(events.PickupOffered(self.id, collector, self.offered_until, at))
        return collector

    def accept(self, collector: UUID, at: datetime) -> None:
        """Take the collector's yes. Raises Conflict: it is done, or another's."""
        self._must_be_offered_to(collector)
        self.state, self.offered_until = PickupState.ACCEPTED, None
        self.record(events.PickupAccepted(self.id, collector, at))

    def refuse(self, collector: UUID, at: datetime) -> None:
        """Take the collector's no, also after a yes. Raises Conflict: it is done, or another's."""
        self._must_be_with(collector)
        self.state, self.collector, self.offered_until = PickupState.UNASSIGNED, None, None
        self.record(events.PickupRefused(self.id, collector, at))

    def expire(self, collector: UUID, at: datetime) -> bool:
        """Withdraw an offer that was not answered; False when it was answered in time."""
        if self.state is not PickupState.OFFERED or self.collector != collector:
            return False
        self.state, self.collector, self.offered_until = PickupState.UNASSIGNED, None, None
        self.record(events.PickupOfferExpired(self.id, collector, at))
        return True

    def complete(self, collector: UUID, volume_m3: float, at: datetime) -> None:
        """Take the collector's word that it is done; who was asked may do it without saying yes first."""
        self._must_be_with(collector)
        self.state, self.volume_m3, self.offered_until = PickupState.DONE, volume_m3, None
        self.record(events.PickupDone(self.id, collector, volume_m3, at))

    def reopen(self, report: UUID, target_at: datetime, at: datetime) -> bool:
        """Want it again after a complaint; False when it was wanted again before: a person decides then."""
        if self.open or self.reopened >= REOPENED_AT_MOST:
            return False
        self.reopened += 1
        self.state, self.collector, self.asked, self.target_at = PickupState.UNASSIGNED, None, [], target_at
        self.record(events.PickupReopened(self.id, report, at))
        return True

    def miss_target(self, target_at: datetime, at: datetime) -> bool:
        """Take note that the target passed; False when it was done in time or has another target now."""
        if not self.open or self.target_at != target_at:
            return False
        self.record(events.PickupLate(self.id, target_at, at))
        return True

    def _must_be_with(self, collector: UUID) -> None:
        if not self.open:
            raise Conflict("kode", "closed", f"{self.code} sudah selesai")
        if self.collector != collector:
            raise Conflict("kode", "not_yours", f"{self.code} bukan tugas Anda saat ini")

    def _must_be_offered_to(self, collector: UUID) -> None:
        self._must_be_with(collector)
        if self.state is not PickupState.OFFERED:
            raise Conflict("kode", "already_accepted", f"{self.code} sudah Anda terima")
