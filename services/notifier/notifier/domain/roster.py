"""Duty rosters: who stands by in a role at a place, from when until when, in which order."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from chassis.kernel.aggregate import Aggregate
from chassis.kernel.errors import Reject
from chassis.kernel.ids import derived_id
from notifier.domain.audience import DUTY_ROLES
from notifier.domain.contact import Grant

LONGEST = timedelta(days=31)
FARTHEST = timedelta(days=400)
"""A shift is no longer than a month and ends within the next year: more is a typing error."""


@dataclass(frozen=True, slots=True)
class RosterChanged:
    """A shift came, changed or went; the contacts' duty follows."""

    duty: Grant


@dataclass(slots=True, eq=False)
class Shift(Aggregate):
    """A contact stands by from `begins` until just before `ends`, UTC. `turn` 1 is asked first."""

    duty: Grant
    contact: UUID
    turn: int
    begins: datetime
    ends: datetime
    removed: bool = False

    @staticmethod
    def id_of(duty: Grant, contact: UUID, begins: datetime) -> UUID:
        """The same contact begins the same duty once at a time."""
        return derived_id("shift", str(duty), str(contact), begins.isoformat())

    def covers(self, at: datetime) -> bool:
        """Whether the contact stands by at this moment."""
        return not self.removed and self.begins <= at < self.ends

    def change(self, turn: int, ends: datetime) -> bool:
        """Be as given, also after it was removed; say whether anything is new."""
        if (self.turn, self.ends, self.removed) == (turn, ends, False):
            return False
        self.turn, self.ends, self.removed = turn, ends, False
        self.record(RosterChanged(self.duty))
        return True

    def remove(self) -> bool:
        """Be on no roster any more; say whether it was on one."""
        if self.removed:
            return False
        self.removed = True
        self.record(RosterChanged(self.duty))
        return True


def check_times(begins: datetime, ends: datetime, now: datetime) -> None:
    """Raise Reject where this is no shift."""
    if ends <= begins:
        raise Reject("ends", "order", "harus setelah begins")
    if ends - begins > LONGEST:
        raise Reject("ends", "too_long", f"satu giliran paling lama {LONGEST.days} hari")
    if ends > now + FARTHEST:
        raise Reject("ends", "too_far", f"paling lambat {FARTHEST.days} hari dari sekarang")


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who holds a role; `available` is what an operator said of duty."""

    contact: UUID
    grants: frozenset[Grant]
    available: bool


def standing_by(
    duties: Sequence[Grant], shifts: Iterable[Shift], holders: Mapping[UUID, Holder], at: datetime
) -> list[UUID]:
    """Who stands by for these duties, in the order in which they are asked: the first duty's people come first.

    Where shifts of a duty cover the moment, they decide; else everybody who holds it, those off duty left out where
    the role is one of duty. A shift of somebody who lost the role counts for nothing, so that somebody is called.
    """
    now = sorted((s for s in shifts if s.covers(at)), key=lambda s: (s.turn, s.begins, s.contact))
    found: dict[UUID, None] = {}
    for duty in duties:
        holding = {id_: one for id_, one in holders.items() if duty in one.grants}
        rostered = [shift.contact for shift in now if shift.duty == duty and shift.contact in holding]
        free = [id_ for id_ in sorted(holding) if holding[id_].available or duty.role not in DUTY_ROLES]
        found.update(dict.fromkeys(rostered or free))
    return list(found)
