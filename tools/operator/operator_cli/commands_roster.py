"""`kentongan roster`: who stands by when, in a role at a place."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from chassis.kernel.ids import new_id
from kentongan.notifier.v1 import contacts_service_pb2 as contacts
from kentongan.notifier.v1 import roster_service_pb2 as pb
from kentongan.notifier.v1.roster_service_pb2_grpc import RosterServiceStub
from operator_cli.asking import Ask, asking
from operator_cli.contact_rows import FIRST_ROW, check
from operator_cli.errors import CliError, FieldError
from operator_cli.importing import patiently, refused
from operator_cli.messages import data_of
from operator_cli.output import Json, say, show_json, show_table
from operator_cli.times import clock, moment

app = typer.Typer(help="Jadwal siaga: siapa bertugas kapan.", no_args_is_help=True)
COLUMNS, OPTIONAL = ("role", "place", "phone", "begins", "ends"), ("turn",)
BATCH = 200
Role = Annotated[str, typer.Argument(metavar="PERAN", help="Contoh bpbd_duty.")]
Place = Annotated[str, typer.Argument(metavar="TEMPAT", help="Kode tempat, contoh 33.17.")]


@app.command("list")
def list_(
    role: Annotated[str, typer.Option("--role", help="Hanya peran ini.")] = "",
    place: Annotated[str, typer.Option("--place", help="Hanya tempat ini.")] = "",
    *,
    as_json: Json = False,
) -> None:
    """Giliran yang berjalan dan yang akan datang."""
    with asking(RosterServiceStub) as (stub, ask):
        _show(list(_shifts(ask, stub, role, place)), "Belum ada giliran.", as_json=as_json)


@app.command("set")
def set_(
    role: Role,
    place: Place,
    phone: Annotated[str, typer.Argument(metavar="NOMOR", help="Nomor orang yang memegang peran itu.")],
    begins: Annotated[str, typer.Argument(metavar="MULAI", help="2026-12-01 07:00 (waktu setempat).")],
    ends: Annotated[str, typer.Argument(metavar="SAMPAI", help="2026-12-01 19:00.")],
    turn: Annotated[int, typer.Option("--turn", help="1 dihubungi lebih dulu.")] = 1,
    *,
    as_json: Json = False,
) -> None:
    """Pasang satu giliran. Yang sama sekali lagi mengganti urutan dan akhirnya.

    Contoh: kentongan roster set bpbd_duty 33.17 0812-0000-0010 "2026-12-01 07:00" "2026-12-01 19:00"
    """
    row = pb.ShiftRow(role=role, place=place, phone=phone, begins=begins, ends=ends, turn=str(turn))
    with asking(RosterServiceStub) as (stub, ask):
        request = pb.ImportShiftsRequest(idempotency_key=new_id().hex, first_row=1, rows=[row])
        answer = ask(stub.ImportShifts, request)
    if answer.errors:
        raise CliError("giliran ditolak", "REFUSED", [FieldError(one.field, one.message) for one in answer.errors])
    if as_json:
        show_json({"changed": bool(answer.changed)})
    else:
        say("Dipasang." if answer.changed else "Sudah begitu.")


@app.command("remove")
def remove(
    shift: Annotated[str, typer.Argument(metavar="ID", help="Id giliran, dari kentongan roster list.")],
    *,
    as_json: Json = False,
) -> None:
    """Lepas satu giliran."""
    with asking(RosterServiceStub) as (stub, ask):
        request = pb.RemoveShiftRequest(idempotency_key=new_id().hex, shift_id=shift)
        changed = ask(stub.RemoveShift, request).changed
    if as_json:
        show_json({"changed": changed})
    else:
        say("Dilepas." if changed else "Sudah dilepas sebelumnya.")


@app.command("now")
def now(role: Role, place: Place, *, as_json: Json = False) -> None:
    """Siapa yang siaga sekarang, menurut urutan dihubungi, dan giliran berikutnya."""
    with asking(RosterServiceStub) as (stub, ask):
        duty = ask(stub.GetDuty, pb.GetDutyRequest(role=role, place=place))
    if as_json:
        show_json(data_of(duty))
        return
    people = [(one.phone, one.name, one.place, clock(moment(one, "until"))) for one in duty.now]
    show_table(("nomor", "nama", "di", "sampai"), people, "Tidak ada yang siaga sekarang.")
    say("")
    _show(list(duty.next), "Tidak ada giliran berikutnya.", as_json=False)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=f"CSV: {','.join(COLUMNS)} dan boleh turn.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Periksa saja, tidak menyimpan.")] = False,
    as_json: Json = False,
) -> None:
    """Pasang giliran dari CSV. Baris yang salah disebut nomornya; yang lain tetap masuk; yang sama tidak berubah."""
    table = check(file, COLUMNS, OPTIONAL)
    changed = unchanged = 0
    errors: list[contacts.ContactRowError] = []
    with asking(RosterServiceStub) as (stub, ask):
        for first, rows in table.batches(BATCH, FIRST_ROW):
            request = pb.ImportShiftsRequest(
                idempotency_key=new_id().hex,
                dry_run=dry_run,
                first_row=first,
                rows=[pb.ShiftRow(**row) for row in rows],
            )
            answer = patiently(ask, stub.ImportShifts, request)
            changed, unchanged = changed + answer.changed, unchanged + answer.unchanged
            errors += answer.errors
    told = [(one.row, one.field, one.message) for one in errors]
    if as_json:
        keys = ("row", "field", "message")
        wrong = [dict(zip(keys, one, strict=True)) for one in told]
        show_json(
            {"rows": table.rows, "changed": changed, "unchanged": unchanged, "dry_run": dry_run, "errors": wrong}
        )
    else:
        if told:
            show_table(("baris", "kolom", "yang benar"), told, "")
        say(f"{'Percobaan, tidak ada yang disimpan: ' if dry_run else ''}{changed} berubah, {unchanged} tetap.")
    refused(len(errors), table.rows)


def _shifts(ask: Ask, stub: RosterServiceStub, role: str, place: str) -> Iterator[pb.Shift]:
    token = ""
    while True:
        page = ask(stub.ListShifts, pb.ListShiftsRequest(role=role, place=place, page_token=token))
        yield from page.shifts
        token = page.next_page_token
        if not token:
            return


def _show(shifts: list[pb.Shift], empty: str, *, as_json: bool) -> None:
    if as_json:
        show_json([*map(data_of, shifts)])
        return
    rows = [
        (
            clock(moment(one, "begins")),
            clock(moment(one, "ends")),
            one.duty.role,
            one.duty.place,
            one.turn,
            one.phone,
            one.name,
            one.shift_id,
        )
        for one in shifts
    ]
    show_table(("mulai", "sampai", "peran", "tempat", "urutan", "nomor", "nama", "id"), rows, empty)
