"""One pregnancy: who the mother is, what is known, what it scores."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Self
from uuid import UUID

from chassis.kernel.aggregate import Aggregate
from chassis.kernel.errors import Reject
from telponi.domain.age import Age
from telponi.domain.danger_signs import SIGNS_AND_ROWS, DangerSign
from telponi.domain.gestation import Gestation, checked_lmp
from telponi.domain.gpa import Gpa
from telponi.domain.kspr import NOTHING_KNOWN, Facts, Screening, screen

SHORTEST_CM, TALLEST_CM = 100, 220


@dataclass(frozen=True, slots=True)
class Person:
    """Who the mother is. Stored encrypted, on no bus and in no log."""

    name: str
    nik: str | None = None
    phone: str | None = None

    @property
    def initials(self) -> str:
        """`S.A.` for Siti Aminah: how messages name her."""
        return "".join(f"{word[0].upper()}." for word in self.name.split()[:3])


@dataclass(frozen=True, slots=True)
class History:
    """What is known of the body and the births before; None where nobody said."""

    lmp: date | None = None
    gpa: Gpa | None = None
    height_cm: int | None = None
    years_married: int | None = None
    years_since_birth: int | None = None

    def checked(self, today: date, *, twins_before: bool = False) -> Self:
        """Give it back if it is possible. Raises Reject naming the field (TwinsBefore where it is asked back)."""
        if self.lmp:
            checked_lmp(self.lmp, today)
        if self.gpa:
            self.gpa.checked(twins_before=twins_before)
            if self.years_since_birth is not None and self.gpa.para == 0:
                raise Reject("JARAK", "no_birth_before", "hanya untuk ibu yang pernah melahirkan")
        if self.height_cm is not None:
            checked_height(self.height_cm)
        return self


def checked_height(height_cm: int) -> int:
    """Give the height back if it is possible. Raises Reject outside 100 to 220 cm."""
    if not SHORTEST_CM <= height_cm <= TALLEST_CM:
        raise Reject("tinggi", "out_of_range", f"harus {SHORTEST_CM} sampai {TALLEST_CM} cm")
    return height_cm


@dataclass(frozen=True, slots=True)
class PregnancyRegistered:
    """A pregnancy became known."""

    code: str
    village: str
    registered_by: UUID
    lmp: date | None
    possible_duplicate_of: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class PregnancyScreened:
    """She was screened: the result, and what it was computed from."""

    screening: Screening
    facts: Facts
    at: datetime


@dataclass(frozen=True, slots=True)
class DangerSignsReported:
    """Danger signs were reported."""

    signs: tuple[DangerSign, ...]
    at: datetime


@dataclass(slots=True, eq=False)
class Pregnancy(Aggregate):
    """A pregnancy. `likeness` and `nik_hash` are keyed hashes for finding the same mother again."""

    code: str
    village: str
    registered_by: UUID
    registered_at: datetime
    person: Person
    age: Age
    history: History
    likeness: str
    nik_hash: str | None = None
    possible_duplicate_of: UUID | None = None
    ticked: frozenset[str] = field(default_factory=frozenset)
    screening: Screening = NOTHING_KNOWN

    def register(self, rows: Iterable[str], today: date) -> None:
        """Become known, and be screened for the first time."""
        self.record(
            PregnancyRegistered(
                self.code,
                self.village,
                self.registered_by,
                self.history.lmp,
                self.possible_duplicate_of,
                self.registered_at,
            )
        )
        self.ticked = frozenset(rows)
        self._screen(today, self.registered_at)

    def add_factors(self, rows: Iterable[str], today: date, at: datetime) -> Screening:
        """Take new facts and screen again; gives the screening before. Knowing them already changes nothing."""
        before, ticked = self.screening, self.ticked
        self.ticked = ticked | frozenset(rows)
        if screen(self.facts(today), before) == before:
            self.ticked = ticked  # it counts already: derived, or told before
        else:
            self._screen(today, at)
        return before

    def report_danger(self, signs: tuple[DangerSign, ...], today: date, at: datetime) -> None:
        """Take danger signs; those that are rows of the card count there too."""
        self.record(DangerSignsReported(signs, at))
        self.add_factors((SIGNS_AND_ROWS[sign] for sign in signs if sign in SIGNS_AND_ROWS), today, at)

    def gestation(self, today: date) -> Gestation | None:
        """Gestational age, where the last period is known."""
        return Gestation.on(today, self.history.lmp) if self.history.lmp else None

    def facts(self, today: date) -> Facts:
        """What a score is computed from today."""
        return Facts(
            age_years=self.age.on(today),
            gpa=self.history.gpa,
            height_cm=self.history.height_cm,
            years_married=self.history.years_married,
            years_since_birth=self.history.years_since_birth,
            gestation=self.gestation(today),
            ticked=self.ticked,
        )

    def _screen(self, today: date, at: datetime) -> None:
        facts = self.facts(today)
        self.screening = screen(facts, self.screening)
        self.record(PregnancyScreened(self.screening, facts, at))
