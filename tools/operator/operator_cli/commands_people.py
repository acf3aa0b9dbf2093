"""`kentongan contacts show`, and changes to one person: phones, language, consents, deletion."""

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

import typer

from chassis.kernel.ids import new_id
from kentongan.notifier.v1 import contact_changes_pb2 as changes
from kentongan.notifier.v1 import contacts_service_pb2 as pb
from kentongan.notifier.v1.contacts_service_pb2_grpc import ContactServiceStub
from operator_cli.asking import Ask, asking, unless_there
from operator_cli.errors import CliError
from operator_cli.messages import data_of
from operator_cli.output import Json, say, show_json, show_table
from operator_cli.times import clock, moment

app = typer.Typer()
Who = Annotated[str, typer.Argument(metavar="SIAPA", help="Nomor telepon atau id kontak.")]
Phone = Annotated[str, typer.Argument(metavar="NOMOR", help="Nomor telepon, contoh 0812-0000-0001.")]
WORDS = {"ya": True, "tidak": False}


@app.command("show")
def show(who: Who, *, as_json: Json = False) -> None:
    """Tunjukkan satu kontak: nomor, peran, bahasa, persetujuan dengan waktu dan asalnya."""
    with asking(ContactServiceStub) as (stub, ask):
        contact = find(ask, stub, who)
        said = ask(stub.ListConsents, changes.ListConsentsRequest(contact_id=contact.contact_id)).consents
    if as_json:
        show_json(data_of(contact) | {"consents": [data_of(one) for one in said]})
        return
    show_table(("", ""), _told(contact), "")
    rows = [(clock(moment(one, "at")), one.what, "ya" if one.given else "tidak", one.source) for one in said]
    show_table(("kapan", "untuk", "setuju", "asal"), rows, "Belum ada persetujuan yang dicatat.")


@app.command("add-phone")
def add_phone(who: Who, phone: Phone, *, as_json: Json = False) -> None:
    """Tambahkan nomor: orang itu dapat menulis dari sana, dan tetap dihubungi di nomor pertamanya."""
    _phones(who, changes.AddPhoneRequest(phone=phone), lambda stub: stub.AddPhone, as_json=as_json)


@app.command("remove-phone")
def remove_phone(who: Who, phone: Phone, *, as_json: Json = False) -> None:
    """Hapus nomor. Kalau itu yang pertama, nomor berikutnya yang dihubungi."""
    _phones(who, changes.RemovePhoneRequest(phone=phone), lambda stub: stub.RemovePhone, as_json=as_json)


@app.command("first-phone")
def first_phone(who: Who, phone: Phone, *, as_json: Json = False) -> None:
    """Jadikan salah satu nomornya yang pertama: yang dihubungi."""
    _phones(who, changes.MakePhoneFirstRequest(phone=phone), lambda stub: stub.MakePhoneFirst, as_json=as_json)


@app.command("language")
def language(
    who: Who, to: Annotated[str, typer.Argument(metavar="BAHASA", help="id, jv atau en.")], *, as_json: Json = False
) -> None:
    """Pilih bahasa pesan: id (Indonesia), jv (Jawa) atau en (Inggris)."""
    _changed(who, changes.SetLanguageRequest(language=to), lambda stub: stub.SetLanguage)
    _done(f"Ditulis dalam bahasa {to}.", as_json=as_json)


@app.command("consent")
def consent(
    who: Who,
    what: Annotated[str, typer.Argument(metavar="UNTUK", help="routine atau whatsapp.")],
    given: Annotated[str, typer.Argument(metavar="YA", help="ya atau tidak.")],
    *,
    as_json: Json = False,
) -> None:
    """Catat persetujuan: routine (pesan rutin) atau whatsapp (dihubungi lewat WhatsApp), ya atau tidak."""
    if given not in WORDS:
        raise CliError(f"{given!r}: isi ya atau tidak", "BAD_VALUE")
    _changed(who, changes.SetConsentRequest(what=what, given=WORDS[given]), lambda stub: stub.SetConsent)
    _done("Dicatat.", as_json=as_json)


@app.command("delete")
def delete(
    who: Who,
    reason: Annotated[str, typer.Option("--reason", help="Mengapa; dicatat bersama siapa dan kapan.")],
    *,
    as_json: Json = False,
) -> None:
    """Hapus orang ini: nama, nomor, peran dan isi pesannya. Tidak dapat dibatalkan; hitungan pengiriman tetap."""
    answer = _changed(who, changes.DeleteContactRequest(reason=reason), lambda stub: stub.DeleteContact)
    _done("Dihapus." if answer.changed else "Sudah dihapus sebelumnya.", as_json=as_json)


def find(ask: Ask, stub: ContactServiceStub, who: str) -> Any:
    """The contact with this phone or id. Raises CliError when there is none."""
    with unless_there(f"tidak ada kontak {who}"):
        try:
            UUID(who)
        except ValueError:
            return ask(stub.FindContact, pb.FindContactRequest(phone=who)).contact
        return ask(stub.GetContact, pb.GetContactRequest(contact_id=who)).contact


def _changed(who: str, request: Any, method: Callable[[ContactServiceStub], Any]) -> Any:
    with asking(ContactServiceStub) as (stub, ask):
        request.idempotency_key, request.contact_id = new_id().hex, find(ask, stub, who).contact_id
        return ask(method(stub), request)


def _phones(who: str, request: Any, method: Callable[[ContactServiceStub], Any], *, as_json: bool) -> None:
    phones = list(_changed(who, request, method).phones)
    if as_json:
        show_json({"phones": phones})
    else:
        say(f"Dihubungi di {phones[0]}" + (f"; menulis juga dari {', '.join(phones[1:])}." if phones[1:] else "."))


def _told(contact: pb.Contact) -> list[tuple[str, str]]:
    grants = ", ".join(f"{grant.role}@{grant.place}" for grant in contact.grants)
    duty = ("siaga" if contact.on_duty else "tidak siaga") + (" menurut jadwal" if contact.rostered else "")
    applied = contact.applied_for
    return [
        ("id", contact.contact_id),
        ("nama", contact.name or ("(dihapus)" if contact.deleted else "")),
        ("dihubungi di", contact.phone),
        ("menulis juga dari", ", ".join(contact.further_phones)),
        ("peran", grants),
        ("mendaftar sebagai", f"{applied.role}@{applied.place}" if applied.role else ""),
        ("bahasa", contact.language),
        ("tugas", duty),
        ("pesan rutin", "tidak" if contact.opted_out else "ya"),
        ("setuju WhatsApp", "ya" if contact.whatsapp_opted_in else "tidak"),
    ]


def _done(text: str, *, as_json: bool) -> None:
    if as_json:
        show_json({"done": True})
    else:
        say(text)
