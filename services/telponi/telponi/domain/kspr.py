"""The Poedji Rochjati score card (KSPR): which facts of a mother give which points.

A score is 2 for every mother plus the points of each row that ever counted in this pregnancy: it never falls, even
when a symptom goes away. The rows are data (`kspr_rows`), versioned; the folder `published` holds them with test
vectors, so that others can estimate what this module will say.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum

from telponi.domain.gestation import POST_TERM_WEEKS, Gestation
from telponi.domain.gpa import Gpa
from telponi.domain.kspr_rows import ROWS, START, VERSION

TOO_YOUNG, TOO_OLD = 16, 35
LATE_AFTER_MARRIAGE, SHORT_INTERVAL, LONG_INTERVAL = 4, 2, 10
MANY_CHILDREN, SHORT_CM = 4, 145
HIGH_FROM, VERY_HIGH_FROM = 6, 12


class RiskClass(IntEnum):
    """Class of a score; the value is that of the contract."""

    KRR = 1
    KRT = 2
    KRST = 3

    @classmethod
    def of(cls, score: int) -> "RiskClass":
        """2 is KRR, 6 to 10 KRT, 12 and above KRST."""
        if score >= VERY_HIGH_FROM:
            return cls.KRST
        return cls.KRT if score >= HIGH_FROM else cls.KRR

    @property
    def recommended_place(self) -> str:
        """Where to give birth and with whom, in the words of an answer."""
        return _PLACES[self]


_PLACES = {
    RiskClass.KRR: "rumah/polindes dgn bidan",
    RiskClass.KRT: "polindes/puskesmas/RS dgn bidan/dokter",
    RiskClass.KRST: "RS lengkap dgn dokter SpOG",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a score is computed from. None: not known; a row that needs it then does not count."""

    age_years: int
    gpa: Gpa | None = None
    height_cm: int | None = None
    years_married: int | None = None
    """Years from marriage to the first pregnancy (NIKAH)."""
    years_since_birth: int | None = None
    """Years since the last birth (JARAK)."""
    gestation: Gestation | None = None
    ticked: frozenset[str] = frozenset()
    """Rows that somebody saw and said."""


@dataclass(frozen=True, slots=True)
class Screening:
    """A score that can be explained: by which rules, from which rows (in the order of the card)."""

    version: str
    rows: tuple[str, ...]

    @property
    def score(self) -> int:
        """2 and the points of the rows."""
        return START + sum(ROWS[row].points for row in self.rows)

    @property
    def risk(self) -> RiskClass:
        """The class of the score."""
        return RiskClass.of(self.score)


NOTHING_KNOWN = Screening(VERSION, ())


def screen(facts: Facts, before: Screening = NOTHING_KNOWN) -> Screening:
    """Score the facts. What counted `before` in this pregnancy counts for good."""
    rows = {*before.rows, *facts.ticked, *derived_rows(facts)}
    if "2b" in rows:
        rows.discard("6")  # both rows describe the same age
    return Screening(VERSION, in_order(rows))


def in_order(rows: Iterable[str]) -> tuple[str, ...]:
    """The rows in the order of the card."""
    chosen = set(rows)
    return tuple(row for row in ROWS if row in chosen)


def derived_rows(facts: Facts) -> frozenset[str]:
    """Rows that follow from recorded facts, so that nobody ticks them."""
    return frozenset(row for row, holds in _DERIVED.items() if holds(facts))


def _first(facts: Facts) -> bool:
    return facts.gpa is not None and facts.gpa.first_pregnancy


def _interval(facts: Facts) -> int:
    """Years since the last birth; between the limits where there was none or nobody said."""
    if _first(facts) or facts.years_since_birth is None:
        return SHORT_INTERVAL
    return facts.years_since_birth


_DERIVED: dict[str, Callable[[Facts], bool]] = {
    "1": lambda f: f.age_years <= TOO_YOUNG,
    "2a": lambda f: _first(f) and f.years_married is not None and f.years_married >= LATE_AFTER_MARRIAGE,
    "2b": lambda f: _first(f) and f.age_years >= TOO_OLD,
    "3": lambda f: _interval(f) < SHORT_INTERVAL,
    "4": lambda f: _interval(f) >= LONG_INTERVAL,
    "5": lambda f: f.gpa is not None and f.gpa.para >= MANY_CHILDREN,
    "6": lambda f: f.age_years >= TOO_OLD,
    "7": lambda f: f.height_cm is not None and f.height_cm <= SHORT_CM,
    "8": lambda f: f.gpa is not None and f.gpa.abortus > 0,
    "16": lambda f: f.gestation is not None and f.gestation.weeks >= POST_TERM_WEEKS,
}
