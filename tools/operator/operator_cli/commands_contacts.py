"""`kentongan contacts import` and `export`: people in and out of the notifier."""

import os
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, TextIO

import typer
from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn, track

from chassis.kernel.ids import new_id
from kentongan.notifier.v1 import contacts_service_pb2 as pb
from kentongan.notifier.v1.contacts_service_pb2_grpc import ContactServiceStub
from operator_cli.asking import asking
from operator_cli.contact_rows import COLUMNS, EXPORTED, FIRST_ROW, OPTIONAL, Table, Writer, check, contact_row
from operator_cli.errors import CliError
from operator_cli.importing import patiently, refused
from operator_cli.output import Json, say, show_json, show_table
from operator_cli.times import clock, moment

app = typer.Typer(help="Kontak: orang yang dapat dihubungi.", no_args_is_help=True)
BATCH = 250
PAGE = 500
PRIVATE = 0o600


@dataclass(slots=True)
class Imported:
    """What became of a file's rows. `skipped` were taken before."""

    rows: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    dry_run: bool = False
    skipped: int = 0
    refused: int = 0
    errors: list[dict[str, object]] = field(default_factory=list)

    def add(self, answer: pb.ImportContactsResponse | pb.GetImportResponse) -> None:
        """Count an answer."""
        self.created += answer.created
        self.changed += answer.changed
        self.unchanged += answer.unchanged
        self.refused += answer.refused if isinstance(answer, pb.GetImportResponse) else len(answer.errors)
        for error in answer.errors:
            told = {"row": error.row, "field": error.field, "rule": error.rule, "message": error.message}
            self.errors.append(told)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=f"CSV: {','.join(COLUMNS)}.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Periksa saja, tidak menyimpan.")] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Ulangi berkas yang sudah masuk dari baris pertama.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Masukkan kontak dari CSV. Baris yang salah disebut nomornya; yang lain tetap masuk.

    Kolom tambahan yang boleh ada: language (id, jv, en), further_phones (dipisah spasi), routine dan whatsapp (ya,
    tidak). Yang terputus diteruskan dari baris yang belum masuk; berkas yang sama sesudah selesai dilewati.

    Contoh: kentongan contacts import regions/33.17/demo/people.csv --dry-run
    """
    table = check(file, COLUMNS, (*OPTIONAL, *EXPORTED))
    done = Imported(dry_run=dry_run, rows=table.rows)
    with asking(ContactServiceStub) as (stub, ask):
        first = FIRST_ROW
        if not (dry_run or again):
            first = _taken_before(patiently(ask, stub.GetImport, _of(table)), done, quiet=as_json)
        for request in _progress(table, first, quiet=as_json):
            request.dry_run, request.again = dry_run, again and request.first_row == FIRST_ROW
            done.add(patiently(ask, stub.ImportContacts, request))
    _tell(done, as_json=as_json)
    refused(done.refused, done.rows)


@app.command("export")
def export(
    to: Annotated[Path | None, typer.Option("--to", metavar="FILE", help="Tulis ke berkas ini (mode 600).")] = None,
    reason: Annotated[str, typer.Option(help="Untuk apa; dicatat bersama siapa dan kapan.")] = "",
    *,
    as_json: Json = False,
) -> None:
    """Keluarkan semua kontak sebagai CSV yang dapat dimasukkan lagi. Isinya data pribadi: simpan baik-baik.

    Sel yang diawali = + - @ diberi tanda ' supaya tidak dihitung oleh lembar kerja.
    """
    rows = _export(reason)
    if as_json:
        show_json([{column.name: value for column, value in row.ListFields()} for row in rows])
    elif to is None:
        _write(sys.stdout, rows)
    else:
        say(f"{_keep(to, _counted(rows))} baris ditulis ke {to}")


def _of(table: Table) -> pb.GetImportRequest:
    return pb.GetImportRequest(file=table.digest)


def _taken_before(before: pb.GetImportResponse, done: Imported, *, quiet: bool) -> int:
    """The row to go on with; what became of those before it is counted in."""
    if not before.next_row:
        return FIRST_ROW
    done.add(before)
    done.skipped = before.next_row - FIRST_ROW
    if not quiet:
        when = clock(moment(before, "at"))
        rest = "tidak ada lagi yang dimasukkan" if before.done else f"diteruskan dari baris {before.next_row}"
        say(f"{done.skipped} baris berkas ini sudah masuk ({when}) dan dilewati; {rest}.")
    return int(before.next_row)


def _progress(table: Table, first: int, *, quiet: bool) -> Iterator[pb.ImportContactsRequest]:
    """The requests, while showing how far it is, on stderr and only to a person."""
    left = max(0, table.rows - (first - FIRST_ROW))
    console, hidden = Console(stderr=True), quiet or not sys.stderr.isatty()
    batches = table.batches(BATCH, first)
    for number, rows in track(batches, "Memasukkan", total=-(-left // BATCH), console=console, disable=hidden):
        yield pb.ImportContactsRequest(
            idempotency_key=new_id().hex,
            first_row=number,
            rows=map(contact_row, rows),
            file=table.digest,
            last=number + len(rows) == table.rows + FIRST_ROW,
        )


def _export(reason: str) -> Iterator[pb.ContactRow]:
    with asking(ContactServiceStub) as (stub, ask):
        token = ""
        while True:
            request = pb.ExportContactsRequest(page_size=PAGE, page_token=token, reason=reason)
            page = patiently(ask, stub.ExportContacts, request)
            yield from page.rows
            token = page.next_page_token
            if not token:
                return


def _counted(rows: Iterator[pb.ContactRow]) -> Iterator[pb.ContactRow]:
    """The same, while a person sees on stderr how many there were."""
    shown = (TextColumn("Mengeluarkan {task.completed:.0f} baris"), TimeElapsedColumn())
    with Progress(*shown, console=Console(stderr=True), disable=not sys.stderr.isatty()) as progress:
        yield from progress.track(rows)


def _tell(done: Imported, *, as_json: bool) -> None:
    if as_json:
        show_json(asdict(done))
        return
    if done.errors:
        rows = [(each["row"], each["field"], each["message"]) for each in done.errors]
        show_table(("baris", "kolom", "yang benar"), rows, "")
    start = "Percobaan, tidak ada yang disimpan: " if done.dry_run else ""
    say(f"{start}{done.created} orang baru, {done.changed} berubah, {done.unchanged} tetap.")


def _write(file: TextIO, rows: Iterator[pb.ContactRow]) -> int:
    writer, count = Writer(file), 0
    for count, row in enumerate(rows, 1):  # noqa: B007 - how many there were
        writer.write(row)
    return count


def _keep(path: Path, rows: Iterator[pb.ContactRow]) -> int:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE)
    except OSError as error:
        raise CliError(f"{path} tidak dapat ditulis ({error.strerror})", "NO_FILE") from None
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        return _write(file, rows)
