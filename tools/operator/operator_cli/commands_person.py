"""`kentongan person` and `kentongan looks`: did it reach somebody, and who asked."""

from typing import Annotated, Any

import typer
from rich.text import Text

from kentongan.notifier.v1 import people_service_pb2 as pb
from kentongan.notifier.v1.people_service_pb2_grpc import PeopleServiceStub
from operator_cli.asking import Ask, asking, unless_there
from operator_cli.errors import CliError
from operator_cli.messages import data_of, word
from operator_cli.output import Json, console, say, show_json, show_table, table
from operator_cli.times import clock, moment

_PEOPLE = ("nama", "nomor", "peran", "bertugas", "id")
_STEPS = ("waktu", "apa", "saluran", "penyedia", "sebab")
_WHAT = {
    "planned": "masuk antrean",
    "sending": "sedang dikirim",
    "sent": "terkirim",
    "delivered": "sampai di telepon",
    "read": "dibaca",
    "acknowledged": "dijawab",
    "waiting": "menunggu",
    "failed": "GAGAL",
    "dropped": "batal dikirim",
    "unclear": "belum pasti terkirim",
}


def person(
    who: Annotated[str, typer.Argument(metavar="NAMA|NOMOR", help="Nama, awal nama, atau nomor telepon.")] = "",
    contact: Annotated[str, typer.Option("--id", metavar="ID", help="Id orang, dari pencarian sebelumnya.")] = "",
    role: Annotated[str, typer.Option("--role", metavar="PERAN", help="Hanya pemegang peran ini.")] = "",
    place: Annotated[str, typer.Option("--place", metavar="KODE", help="Hanya di tempat ini atau di dalamnya.")] = "",
    alert: Annotated[str, typer.Option("--alert", metavar="ID", help="Hanya peringatan ini.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=100, help="Paling banyak, pesan atau orang.")] = 10,
    *,
    as_json: Json = False,
) -> None:
    """Apakah pesannya sampai? Cari orang, lalu lihat pesan terakhirnya. Nama dan nomor disamarkan; pencarian dicatat.

    Contoh: kentongan person "Bu Sri" --place 33.17.09

    Contoh: kentongan person 0812-0000-0001 --alert 5f6f3a52-61a4-4bb7-8f0e-2ad7f3f0a001
    """
    if bool(who) == bool(contact):
        raise CliError("sebutkan nama atau nomor, atau --id", "USAGE")
    with asking(PeopleServiceStub) as (stub, ask):
        if not contact:
            found = ask(stub.SearchPeople, pb.SearchPeopleRequest(query=who, role=role, place=place, limit=limit))
            if len(found.people) != 1:
                _tell_people(found, as_json=as_json)
                return
            contact = found.people[0].contact_id
        _show(stub, ask, pb.GetPersonRequest(contact_id=contact, alert_id=alert, limit=limit), as_json=as_json)


def looks(
    about: Annotated[str, typer.Option("--about", metavar="ID", help="Hanya tentang orang atau catatan ini.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=500, help="Paling banyak.")] = 50,
    *,
    as_json: Json = False,
) -> None:
    """Siapa yang mencari orang atau membuka isi karantina, yang terbaru dahulu.

    Contoh: kentongan looks --limit 10
    """
    with asking(PeopleServiceStub) as (stub, ask):
        answer = ask(stub.ListLooks, pb.ListLooksRequest(about=about, limit=limit))
    if as_json:
        show_json(data_of(answer)["looks"])
        return
    rows = [(clock(moment(one, "at")), one.reader_id, one.what, ", ".join(one.about)) for one in answer.looks]
    show_table(("waktu", "siapa", "apa", "tentang"), rows, "Belum ada.")


def _tell_people(found: Any, *, as_json: bool) -> None:
    if as_json:
        show_json(data_of(found))
        return
    show_table(_PEOPLE, [_row(one) for one in found.people], "Tidak ada orang dengan nama atau nomor itu.")
    if found.people:
        more = "Masih ada yang lain: tulis lebih lengkap, atau --place. " if found.more else ""
        say(f"{more}Pilih dengan: kentongan person --id ID")


def _show(stub: PeopleServiceStub, ask: Ask, request: pb.GetPersonRequest, *, as_json: bool) -> None:
    with unless_there(f"tidak ada orang dengan id {request.contact_id}"):
        answer = ask(stub.GetPerson, request)
    if as_json:
        show_json(data_of(answer))
        return
    name, phone, roles, duty, id_ = _row(answer.person)
    say(f"{name} {phone}, {roles or 'tanpa peran'}{'' if duty == 'ya' else ', tidak bertugas'} ({id_})")
    if not answer.deliveries:
        say("Tidak ada pesan untuk orang ini selama 30 hari terakhir.")
    for one in answer.deliveries:
        lane = word(one, "lane").replace("_", "-")
        console().print(Text(f"\n{one.template} ({lane}), peringatan {one.alert_id}, dicoba {one.tries} kali"))
        console().print(table(_STEPS, [_step(step) for step in one.steps]))


def _row(one: Any) -> tuple[str, str, str, str, str]:
    roles = ", ".join(f"{grant.role}@{grant.place}" for grant in one.grants)
    return (one.masked_name or "-", one.masked_phone, roles, "ya" if one.on_duty else "tidak", one.contact_id)


def _step(step: Any) -> tuple[object, ...]:
    what = _WHAT.get(step.what, step.what)
    return (clock(moment(step, "at")), what, word(step, "channel"), step.carrier, step.reason_words)
