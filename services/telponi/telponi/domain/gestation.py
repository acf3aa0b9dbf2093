"""How old a pregnancy is. Counted from the last menstrual period (LMP, HPHT), as Naegele did."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

from chassis.kernel.errors import Reject

TERM = timedelta(days=280)
LONGEST = timedelta(weeks=44)
POST_TERM_WEEKS = 42
"""From here on the pregnancy is post-term (row 16 of the score card)."""


@dataclass(frozen=True, slots=True, order=True)
class Gestation:
    """Gestational age in whole days; people read weeks+days."""

    days: int

    @classmethod
    def on(cls, day: date, lmp: date) -> Self:
        """The age on a day."""
        return cls((day - lmp).days)

    @property
    def weeks(self) -> int:
        """Completed weeks."""
        return self.days // 7

    def __str__(self) -> str:
        return f"{self.weeks}+{self.days % 7}"


def due_date(lmp: date) -> date:
    """Estimated due date (HPL): LMP + 280 days."""
    return lmp + TERM


def checked_lmp(lmp: date, today: date) -> date:
    """Give the LMP back if it is possible. Raises Reject: after today, or more than 44 weeks ago."""
    if lmp > today:
        raise Reject("HPHT", "in_future", "tidak boleh sesudah hari ini")
    if today - lmp > LONGEST:
        raise Reject("HPHT", "too_long_ago", "paling lama 44 minggu yang lalu")
    return lmp


def lmp_from_weeks(weeks: int, today: date) -> date:
    """The LMP that `UK n` means: n completed weeks today. Raises Reject outside 0 to 44."""
    if not 0 <= weeks <= LONGEST.days // 7:
        raise Reject("UK", "out_of_range", "harus 0 sampai 44 minggu")
    return today - timedelta(weeks=weeks)
