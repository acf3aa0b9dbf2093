"""`kentongan dlq`: the records that services could not digest."""

import sys
from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from chassis.kafka.dead_letters import REASON
from operator_cli import broker, letters
from operator_cli.errors import CliError
from operator_cli.home import Home, from_environment
from operator_cli.letter_content import content_of
from operator_cli.letters import Letter
from operator_cli.output import Json, say, show_json, show_table
from operator_cli.times import clock_of

app = typer.Typer(help="Surat mati: catatan yang tidak dapat diolah layanan.", no_args_is_help=True)
Service = Annotated[str, typer.Option("--service", metavar="LAYANAN", help="Hanya milik layanan ini.")]
Reason = Annotated[str, typer.Option("--reason", metavar="SEBAB", help="Hanya yang sebabnya diawali kata ini.")]
Ids = Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Nomor surat, misalnya telponi:0:17.")]
_ID_PARTS = 3
_TIMES = frozenset({"at", "replayed_at", "first", "last"})


@app.command("list")
def list_(service: Service = "", reason: Reason = "", *, as_json: Json = False) -> None:
    """Daftar surat mati, yang paling lama dahulu."""
    found = [letter.summary() for letter in _letters(from_environment(), service, reason)]
    if as_json:
        show_json(found)
        return
    columns = ("id", "waktu", "topik", "sebab", "sidik", "bita", "dikirim ulang")
    show_table(columns, [_local(each) for each in found], "Tidak ada surat mati.")


@app.command()
def reasons(service: Service = "", reason: Reason = "", *, as_json: Json = False) -> None:
    """Banyaknya surat mati menurut layanan, topik, sebab dan sidik: satu sidik adalah satu kesalahan yang sama.

    Contoh: kentongan dlq reasons
    """
    found = letters.counted(_letters(from_environment(), service, reason))
    if as_json:
        show_json(found)
        return
    columns = ("layanan", "topik", "sebab", "sidik", "surat", "belum dikirim ulang", "pertama", "terakhir")
    show_table(columns, [_local(each) for each in found], "Tidak ada surat mati.")


@app.command()
def show(
    letter: Annotated[str, typer.Argument(metavar="ID", help="Misalnya telponi:0:17.")], *, as_json: Json = False
) -> None:
    """Tampilkan satu surat: kepala dan isinya, dibaca menurut kontraknya bila dapat."""
    found = _one(_letters(from_environment(), _service_of(letter), ""), letter)
    told = found.summary() | {
        "headers": {name: value.decode(errors="replace") for name, value in found.original_headers},
        "content": content_of(found),
    }
    if as_json:
        show_json(told)
        return
    for name, value in zip(told, _local(told), strict=True):
        say(f"{name}: {value}")


@app.command()
def replay(
    ids: Ids = None,
    service: Service = "",
    reason: Reason = "",
    *,
    every: Annotated[bool, typer.Option("--all", help="Semua yang cocok dengan --service dan --reason.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Juga yang sudah pernah dikirim ulang.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Sebut saja, jangan kirim.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Jangan tanya dulu; untuk --all dari program.")] = False,
    as_json: Json = False,
) -> None:
    """Kirim ulang surat ke topik asalnya, bita demi bita. Yang sudah dikirim tidak dikirim lagi tanpa --again.

    Contoh: kentongan dlq replay telponi:0:17

    Contoh: kentongan dlq replay --all --service telponi --reason undecodable --dry-run
    """
    if bool(ids) == every:
        raise CliError("sebutkan nomor surat, atau --all", "USAGE")
    home = from_environment()
    found = _chosen(home, ids or [], service, reason)
    due = [letter for letter in found if again or not letter.replayed_at]
    if every and due and not (dry_run or yes):
        _confirm(due)
    if due and not dry_run:
        with broker.producer(home) as producer:
            for letter in due:
                letters.send_again(producer, letter)
    _tell(due, len(found) - len(due), dry_run=dry_run, as_json=as_json)


def _local(told: Mapping[str, object]) -> tuple[object, ...]:
    """The values, times as the clocks here show them."""
    return tuple(clock_of(str(value)) if name in _TIMES else value for name, value in told.items())


def _confirm(due: Sequence[Letter]) -> None:
    """Ask before many are sent. Raises CliError where nobody can answer, and typer.Abort for a no."""
    counts = ", ".join(f"{each['count']} {each['service']} {each['reason']}" for each in letters.counted(due))
    if not sys.stdin.isatty():
        raise CliError(f"{len(due)} surat akan dikirim ulang ({counts}); tambahkan --yes, atau --dry-run", "CONFIRM")
    typer.confirm(f"{len(due)} surat akan dikirim ulang ({counts}). Lanjutkan?", abort=True, err=True)


def _tell(due: Sequence[Letter], skipped: int, *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        show_json({"replayed": [letter.id for letter in due], "skipped": skipped, "dry_run": dry_run})
        return
    verb = "akan dikirim ulang" if dry_run else "dikirim ulang"
    late = f"; {skipped} sudah pernah dikirim, dilewati (--again untuk mengulang)" if skipped else ""
    say(f"{len(due)} surat {verb}{late}.")


def _chosen(home: Home, ids: list[str], service: str, reason: str) -> list[Letter]:
    if not ids:
        return _letters(home, service, reason)
    there = {name: _letters(home, name, "") for name in {_service_of(each) for each in ids}}
    return [_one(there[_service_of(each)], each) for each in dict.fromkeys(ids)]


def _letters(home: Home, service: str, reason: str) -> list[Letter]:
    known = broker.catalogue().services
    if service and service not in known:
        raise CliError(f"tidak ada layanan {service}; yang ada: {', '.join(known)}", "NO_SERVICE")
    with broker.consumer(home) as consumer:
        found = [letter for name in ([service] if service else known) for letter in letters.read(consumer, name)]
    return [letter for letter in found if letter.word(REASON).startswith(reason)]


def _service_of(letter: str) -> str:
    parts = letter.split(":")
    if len(parts) != _ID_PARTS:
        raise CliError(f"{letter!r} bukan nomor surat; contoh: telponi:0:17", "USAGE")
    return parts[0]


def _one(found: Sequence[Letter], wanted: str) -> Letter:
    for letter in found:
        if letter.id == wanted:
            return letter
    raise CliError(f"tidak ada surat {wanted}; lihat: kentongan dlq list", "NOT_FOUND")
