"""`kentongan contacts`: people in and out of the notifier."""

import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from chassis.kernel.ids import new_id
from kentongan.notifier.v1 import contacts_service_pb2 as pb
from kentongan.notifier.v1.contacts_service_pb2_grpc import ContactServiceStub
from operator_cli.channels import TIMEOUT_S, bearer, connected
from operator_cli.contact_rows import batches, read, write
from operator_cli.errors import CliError
from operator_cli.home import Home, from_environment
from operator_cli.identity import operator_token
from operator_cli.output import Json, say, show_json, show_table

app = typer.Typer(help="Kontak: orang yang dapat dihubungi.", no_args_is_help=True)
BATCH = 200
PAGE = 500
PRIVATE = 0o600


@dataclass(slots=True)
class Imported:
    """What became of a file's rows."""

    rows: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    dry_run: bool = False
    errors: list[dict[str, object]] = field(default_factory=list)

    def add(self, answer: pb.ImportContactsResponse) -> None:
        """Count a batch's answer."""
        self.created += answer.created
        self.changed += answer.changed
        self.unchanged += answer.unchanged
        for error in answer.errors:
            told = {"row": error.row, "field": error.field, "rule": error.rule, "message": error.message}
            self.errors.append(told)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV: phone,name,role,place,channel.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Periksa saja, tidak menyimpan.")] = False,
    as_json: Json = False,
) -> None:
    """Masukkan kontak dari CSV. Baris yang salah disebut nomornya; yang lain tetap masuk.

    Contoh: kentongan contacts import regions/33.17/demo/people.csv --dry-run
    """
    done = Imported(dry_run=dry_run)
    rows = read(file)
    done.rows = len(rows)
    for answer in _import(from_environment(), rows, dry_run=dry_run, quiet=as_json):
        done.add(answer)
    _tell(done, as_json=as_json)
    if done.errors:
        raise CliError(f"{len(done.errors)} dari {done.rows} baris ditolak", "ROWS_REFUSED")


@app.command("export")
def export(
    to: Annotated[Path | None, typer.Option("--to", metavar="FILE", help="Tulis ke berkas ini (mode 600).")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Keluarkan semua kontak sebagai CSV yang dapat dimasukkan lagi. Isinya data pribadi: simpan baik-baik."""
    rows = list(_export(from_environment()))
    if as_json:
        show_json([{column.name: value for column, value in row.ListFields()} for row in rows])
    elif to is None:
        sys.stdout.write(write(rows))
    else:
        _keep(to, write(rows))
        say(f"{len(rows)} baris ditulis ke {to}")


def _import(
    home: Home, rows: list[pb.ContactRow], *, dry_run: bool, quiet: bool
) -> Iterator[pb.ImportContactsResponse]:
    with connected(home, "notifier") as channel:
        stub, metadata = ContactServiceStub(channel), bearer(operator_token(home))
        for first, batch in _progress(list(batches(rows, BATCH)), quiet=quiet):
            # A new key each time: whoever left since the last import of this file is brought back by it.
            key = new_id().hex
            request = pb.ImportContactsRequest(idempotency_key=key, dry_run=dry_run, first_row=first, rows=batch)
            yield stub.ImportContacts(request, metadata=metadata, timeout=TIMEOUT_S, wait_for_ready=True)


def _export(home: Home) -> Iterator[pb.ContactRow]:
    with connected(home, "notifier") as channel:
        stub, metadata, token = ContactServiceStub(channel), bearer(operator_token(home)), ""
        while True:
            request = pb.ExportContactsRequest(page_size=PAGE, page_token=token)
            page = stub.ExportContacts(request, metadata=metadata, timeout=TIMEOUT_S)
            yield from page.rows
            token = page.next_page_token
            if not token:
                return


def _progress(
    found: list[tuple[int, list[pb.ContactRow]]], *, quiet: bool
) -> Iterable[tuple[int, list[pb.ContactRow]]]:
    """Show how far it is, on stderr and only to a person."""
    return track(found, "Memasukkan", console=Console(stderr=True), disable=quiet or not sys.stderr.isatty())


def _tell(done: Imported, *, as_json: bool) -> None:
    if as_json:
        show_json(asdict(done))
        return
    if done.errors:
        rows = [(each["row"], each["field"], each["message"]) for each in done.errors]
        show_table(("baris", "kolom", "yang benar"), rows, "")
    start = "Percobaan, tidak ada yang disimpan: " if done.dry_run else ""
    say(f"{start}{done.created} orang baru, {done.changed} berubah, {done.unchanged} tetap.")


def _keep(path: Path, text: str) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE)
    except OSError as error:
        raise CliError(f"{path} tidak dapat ditulis ({error.strerror})", "NO_FILE") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
