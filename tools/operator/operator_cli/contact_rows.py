"""Contacts as CSV, one role of one person a row; read a few rows at a time, however long the file is."""

import csv
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from kentongan.notifier.v1 import contacts_service_pb2 as pb
from operator_cli.errors import CliError

COLUMNS = ("phone", "name", "role", "place", "channel")
OPTIONAL = ("language", "further_phones", "routine", "whatsapp")
EXPORTED = ("on_duty", "contact_id", "applied_for")
"""What an export tells besides; an import leaves it alone."""

FIRST_ROW = 2  # the header is row 1, as a spreadsheet counts
LONGEST_CELL = 2000
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would calculate."""


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV file whose form was checked: its rows, counted, and the SHA-256 of its bytes in hex."""

    path: Path
    rows: int
    digest: str

    def batches(self, size: int, first: int) -> Iterator[tuple[int, list[dict[str, str]]]]:
        """The rows from number `first` on, in batches, each with the number of its first row."""
        with _opened(self.path) as file:
            reader = islice(csv.DictReader(file), first - FIRST_ROW, None)
            number = first
            while batch := [_undefused(row) for row in islice(reader, size)]:
                yield number, batch
                number += len(batch)


def check(path: Path, needed: Iterable[str], optional: Iterable[str]) -> Table:
    """Look through a file without keeping it. Raises CliError naming row and column where its form is wrong."""
    try:
        with path.open("rb") as raw:
            digest = hashlib.file_digest(raw, "sha256").hexdigest()
        with _opened(path) as file:
            reader = csv.DictReader(file, strict=True)
            _check_header(path, reader.fieldnames or (), tuple(needed), tuple(optional))
            return Table(
                path, sum(_checked(path, number, row) for number, row in enumerate(reader, FIRST_ROW)), digest
            )
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "bukan UTF-8"
        raise CliError(f"{path} tidak terbaca ({why})", "NO_FILE") from None
    except csv.Error as error:
        raise CliError(f"{path} bukan CSV ({error})", "BAD_FILE") from None


def contact_row(cells: Mapping[str, str]) -> pb.ContactRow:
    """A row as the contract has it."""
    return pb.ContactRow(**{column: cells.get(column, "") for column in (*COLUMNS, *OPTIONAL)})


class Writer:
    """Writes rows as a spreadsheet opens them: UTF-8 with its mark; what would be a formula begins with '."""

    def __init__(self, file: TextIO) -> None:
        self._writer = csv.writer(file, lineterminator="\n")
        self._columns = (*COLUMNS, *OPTIONAL, *EXPORTED)
        file.write("\ufeff")
        self._writer.writerow(self._columns)

    def write(self, row: pb.ContactRow) -> None:
        """Write one row."""
        self._writer.writerow([defused(getattr(row, column)) for column in self._columns])


def defused(cell: str) -> str:
    """A cell that no spreadsheet calculates."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _undefused(row: Mapping[str, Any]) -> dict[str, str]:
    """The cells as they were before they were written for a spreadsheet."""
    cells = {column: (cell or "").strip() for column, cell in row.items()}
    return {
        name: cell[1:] if cell[:1] == "'" and cell[1:].startswith(FORMULA) else cell for name, cell in cells.items()
    }


def _check_header(path: Path, found: Iterable[str], needed: tuple[str, ...], optional: tuple[str, ...]) -> None:
    names = list(found)
    wanted = ",".join(needed)
    if missing := [column for column in needed if column not in names]:
        raise CliError(f"{path}: tidak ada kolom {', '.join(missing)}; baris pertama harus {wanted}", "BAD_FILE")
    if unknown := [column for column in names if column not in (*needed, *optional)]:
        allowed = f"{wanted}, boleh ditambah {','.join(optional)}"
        raise CliError(f"{path}: kolom {', '.join(unknown)} tidak dikenal; yang ada {allowed}", "BAD_FILE")


def _checked(path: Path, number: int, row: Mapping[Any, Any]) -> int:
    if None in row or None in row.values():
        raise CliError(f"{path}: baris {number} tidak punya sel sebanyak kolomnya", "BAD_FILE")
    for column, cell in row.items():
        if len(cell) > LONGEST_CELL:
            raise CliError(f"{path}: baris {number} kolom {column} lebih dari {LONGEST_CELL} huruf", "BAD_FILE")
    return 1


def _opened(path: Path) -> TextIO:
    return path.open(encoding="utf-8-sig", newline="")
