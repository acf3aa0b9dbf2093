"""How old a mother is, from her date of birth or from what she said on a day."""

from dataclasses import dataclass
from datetime import date
from typing import Self

from chassis.kernel.errors import Reject

YOUNGEST, OLDEST = 10, 60


def _years_between(earlier: date, later: date) -> int:
    return later.year - earlier.year - ((later.month, later.day) < (earlier.month, earlier.day))


@dataclass(frozen=True, slots=True)
class Age:
    """`years` completed on the day `told_on`; with `born` known it is exact on every day."""

    years: int
    told_on: date
    born: date | None = None

    @classmethod
    def stated(cls, years: int, today: date) -> Self:
        """The age somebody states today. Raises Reject outside 10 to 60."""
        if not YOUNGEST <= years <= OLDEST:
            raise Reject("umur", "out_of_range", f"harus {YOUNGEST} sampai {OLDEST} tahun")
        return cls(years, today)

    @classmethod
    def from_birth(cls, born: date, today: date) -> Self:
        """The age that follows from a date of birth. Raises Reject: in the future, or not 10 to 60 years ago."""
        if born > today:
            raise Reject("tanggal lahir", "in_future", "tidak boleh sesudah hari ini")
        years = _years_between(born, today)
        if not YOUNGEST <= years <= OLDEST:
            raise Reject("tanggal lahir", "out_of_range", f"umur harus {YOUNGEST} sampai {OLDEST} tahun")
        return cls(years, today, born)

    def on(self, day: date) -> int:
        """Completed years on a later day; one year less than true at most, where only a stated age is known."""
        return _years_between(self.born, day) if self.born else self.years + _years_between(self.told_on, day)

    @property
    def birth_year(self) -> int:
        """Year of birth; for a stated age it may be one too late."""
        return self.born.year if self.born else self.told_on.year - self.years
