"""Contacts as CSV: `phone,name,role,place,channel`, one role of one person a row."""

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path

from kentongan.notifier.v1 import contacts_service_pb2 as pb
from operator_cli.errors import CliError

COLUMNS = ("phone", "name", "role", "place", "channel")
FIRST_ROW = 2  # the header is row 1, as a spreadsheet counts


def read(path: Path) -> list[pb.ContactRow]:
    """Read a file. Raises CliError."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "bukan UTF-8"
        raise CliError(f"{path} tidak terbaca ({why})", "NO_FILE") from None
    reader = csv.DictReader(io.StringIO(text))
    missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        wanted = ",".join(COLUMNS)
        raise CliError(f"{path}: tidak ada kolom {', '.join(missing)}; baris pertama harus {wanted}", "BAD_FILE")
    return [pb.ContactRow(**{column: (row[column] or "").strip() for column in COLUMNS}) for row in reader]


def batches(rows: list[pb.ContactRow], size: int) -> Iterator[tuple[int, list[pb.ContactRow]]]:
    """The rows in batches, each with the number of its first row in the file."""
    for start in range(0, len(rows), size):
        yield start + FIRST_ROW, rows[start : start + size]


def write(rows: Iterable[pb.ContactRow]) -> str:
    """Rows as a CSV file."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([getattr(row, column) for column in COLUMNS] for row in rows)
    return out.getvalue()
