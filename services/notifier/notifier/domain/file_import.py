"""A file of people on its way in: how far it is, and what became of its rows."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from chassis.kernel.aggregate import Aggregate
from chassis.kernel.errors import Conflict
from chassis.kernel.ids import derived_id

ERRORS_KEPT = 500
"""Refused rows that are remembered; the others are counted."""


@dataclass(frozen=True, slots=True, order=True)
class RowError:
    """What is wrong with a row: its number, the column, a word for machines, what is allowed."""

    row: int
    field: str
    rule: str
    message: str


@dataclass(frozen=True, slots=True)
class Imported:
    """How many people were new, got something new, or were known; and the rows that were refused."""

    created: int
    changed: int
    unchanged: int
    errors: tuple[RowError, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportAdvanced:
    """Rows were taken; nobody else's business."""

    file: UUID


@dataclass(slots=True, eq=False)
class FileImport(Aggregate):
    """Known by the hash of the file's bytes. `next_row` is the number of the row that comes next."""

    next_row: int
    at: datetime
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    errors: list[RowError] = field(default_factory=list)
    done: bool = False

    @staticmethod
    def id_of(digest: str) -> UUID:
        """The id of a file, of its SHA-256 in hex."""
        return derived_id("contact-import", digest)

    def begin_again(self, row: int) -> None:
        """Take the file from its first row once more."""
        self.next_row, self.done, self.errors = row, False, []
        self.created = self.changed = self.unchanged = self.refused = 0

    def take(self, row: int, count: int, imported: Imported, at: datetime, *, last: bool) -> None:
        """Count rows in. Raises Conflict: these are not the next ones, or all of it came before."""
        if self.done:
            raise Conflict("file", "done", "berkas ini sudah masuk seluruhnya; kirim again untuk memasukkan lagi")
        if row != self.next_row:
            raise Conflict("first_row", "out_of_order", f"berkas ini menunggu baris {self.next_row}")
        self.next_row, self.done, self.at = row + count, last, at
        self.created += imported.created
        self.changed += imported.changed
        self.unchanged += imported.unchanged
        self.refused += len(imported.errors)
        self.errors = [*self.errors, *imported.errors][:ERRORS_KEPT]
        self.record(ImportAdvanced(self.id))
