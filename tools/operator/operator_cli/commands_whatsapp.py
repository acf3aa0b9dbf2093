"""`kentongan whatsapp`: the WhatsApp Business account, asked through the notifier."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from google.protobuf.json_format import MessageToDict

from kentongan.notifier.v1 import whatsapp_service_pb2 as pb
from kentongan.notifier.v1.whatsapp_service_pb2_grpc import WhatsAppServiceStub
from operator_cli.channels import bearer, connected
from operator_cli.errors import CliError
from operator_cli.home import from_environment
from operator_cli.identity import operator_token
from operator_cli.output import Json, say, show_json, show_table

app = typer.Typer(help="Akun WhatsApp Business: templat, batas, keadaan.", no_args_is_help=True)
PATIENCE_S = 120.0
"""The account is asked template by template."""

UNLIMITED = 2**31 - 1


@app.command()
def account(*, as_json: Json = False) -> None:
    """Keadaan akun: batas orang per hari, sisanya, mutu nomor, jeda."""
    with _whatsapp() as (stub, about):
        found = stub.GetWhatsAppAccount(pb.GetWhatsAppAccountRequest(), **about)
    if as_json:
        show_json(_json(found))
        return
    source = "kata akun" if found.tier_told else "dari setelan"
    limit = "tanpa batas" if found.tier == UNLIMITED else f"{found.tier} orang per 24 jam ({source})"
    say(f"Batas: {limit}; sisa {'-' if found.tier == UNLIMITED else found.people_left}")
    say(f"Mutu nomor: {found.quality or 'belum diketahui'}")
    if found.HasField("rests_until"):
        say(f"Jeda sampai {found.rests_until.ToJsonString()}: {found.rests_why}")
    if found.problem:
        say(f"Akun tidak terbaca: {found.problem}")


@app.command()
def templates(
    *,
    sync: Annotated[bool, typer.Option("--sync", help="Tanya akunnya dahulu.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Juga templat akun yang tidak dipakai.")] = False,
    as_json: Json = False,
) -> None:
    """Templat paket wilayah dan keadaannya di akun; yang tidak cocok dikirim lewat SMS.

    Contoh: kentongan whatsapp templates --sync
    """
    with _whatsapp() as (stub, about):
        found = stub.ListWhatsAppTemplates(pb.ListWhatsAppTemplatesRequest(sync=sync), **about)
    if as_json:
        show_json(_json(found))
    else:
        _show(found, everything=everything)
    if sync and found.problem:
        raise CliError(f"akun tidak terbaca: {found.problem}", "ACCOUNT")


@app.command()
def submit(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAMA]...", help="Kosong: semua yang belum ada.")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Ajukan templat paket wilayah yang belum ada di akun; hasil penilaian Meta: templates --sync."""
    with _whatsapp() as (stub, about):
        found = stub.SubmitWhatsAppTemplates(pb.SubmitWhatsAppTemplatesRequest(names=names or []), **about)
    if as_json:
        show_json(_json(found))
    else:
        rows = [(one.name, one.language, one.status, one.problem) for one in found.templates]
        show_table(("nama", "bahasa", "status", "masalah"), rows, "Semua templat sudah ada di akun.")
    if refused := [one for one in found.templates if one.problem]:
        raise CliError(f"{len(refused)} dari {len(found.templates)} templat tidak diterima", "TEMPLATES_REFUSED")


def _show(found: pb.ListWhatsAppTemplatesResponse, *, everything: bool) -> None:
    rows = [
        (
            one.name,
            one.language,
            one.status or "-",
            one.category,
            one.quality,
            "; ".join(one.differences) or one.reason,
        )
        for one in found.templates
        if one.wanted or everything
    ]
    show_table(("nama", "bahasa", "status", "golongan", "mutu", "masalah"), rows, "Paket wilayah tanpa templat.")
    read = found.read_at.ToJsonString() if found.HasField("read_at") else "belum pernah"
    say(f"Daftar akun dibaca: {read}")


@contextmanager
def _whatsapp() -> Iterator[tuple[WhatsAppServiceStub, dict[str, Any]]]:
    home = from_environment()
    with connected(home, "notifier") as channel:
        yield WhatsAppServiceStub(channel), {"metadata": bearer(operator_token(home)), "timeout": PATIENCE_S}


def _json(message: Any) -> Any:
    return MessageToDict(message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)
