"""GxPxAx: pregnancies with this one, births, pregnancies that failed."""

import re
from dataclasses import dataclass
from typing import Self

from chassis.kernel.errors import Reject

MOST = 20
_GPA = re.compile(r"G\s*(\d{1,2})\s*P\s*(\d{1,2})\s*A\s*(\d{1,2})", re.IGNORECASE)


class TwinsBefore(Reject):
    """The numbers are one too many, as when a twin birth is counted as two: asked back, not refused."""

    def __init__(self, gpa: "Gpa") -> None:
        super().__init__("GPA", "twins_before", f"{gpa} kelebihan satu. Pernah melahirkan kembar?")


@dataclass(frozen=True, slots=True)
class Gpa:
    """Gravida, para, abortus."""

    gravida: int
    para: int
    abortus: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `G3P1A1`, in any case and with spaces. Raises Reject."""
        match = _GPA.fullmatch(text.strip())
        if match is None:
            raise Reject("GPA", "format", "ditulis seperti G3P1A1")
        return cls(*map(int, match.groups()))

    @property
    def first_pregnancy(self) -> bool:
        """Was she never pregnant before?"""
        return self.gravida == 1

    def checked(self, *, twins_before: bool = False) -> Self:
        """Give it back if G = P + A + 1, or one more with twins before.

        Raises TwinsBefore: one more, and nobody spoke of twins. Raises Reject: it does not add up.
        """
        surplus = self.para + self.abortus + 1 - self.gravida
        if surplus == 1 and self.para > 1:
            if not twins_before:
                raise TwinsBefore(self)
            return self
        if surplus != 0 or not 1 <= self.gravida <= MOST:
            raise Reject("GPA", "does_not_add_up", "harus G = P + A + 1")
        return self

    def __str__(self) -> str:
        return f"G{self.gravida}P{self.para}A{self.abortus}"
