"""A report with one thing wrong: what was right is kept, so that the sender repeats only the wrong field."""

from dataclasses import dataclass, field
from datetime import datetime

from chassis.kernel.aggregate import Aggregate


@dataclass(frozen=True, slots=True)
class DraftKept:
    """One field was asked for again. Nobody outside is told."""

    asked: str


@dataclass(frozen=True, slots=True)
class DraftDropped:
    """The report went through, or another one began. Nobody outside is told."""


@dataclass(slots=True, eq=False)
class Draft(Aggregate):
    """What one contact was writing; its id is the contact's. Services that hold names in it store it encrypted.

    `fields` are the right ones as typed, `asked` is the one to repeat, `choices` are what the numbers of a list
    in the last answer stand for.
    """

    word: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    asked: str = ""
    choices: tuple[str, ...] = ()
    expires_at: datetime | None = None

    def keep(
        self, word: str, fields: dict[str, str], asked: str, choices: tuple[str, ...], expires_at: datetime
    ) -> None:
        """Remember what was right until `expires_at`."""
        self.word, self.fields, self.asked, self.choices = word, fields, asked, choices
        self.expires_at = expires_at
        self.record(DraftKept(asked))

    def drop(self) -> None:
        """Forget it: the report went through, or another one began."""
        if self.expires_at is not None:
            self.word, self.fields, self.asked, self.choices, self.expires_at = "", {}, "", (), None
            self.record(DraftDropped())

    def is_open(self, now: datetime) -> bool:
        """Is there something to complete?"""
        return self.expires_at is not None and now < self.expires_at
