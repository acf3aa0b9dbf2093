"""`kentongan token` and `kentongan call`."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Annotated

import grpc
import typer

from chassis.auth.grants import Grant
from operator_cli.channels import bearer, connected
from operator_cli.errors import CliError
from operator_cli.home import Home, from_environment
from operator_cli.identity import OPERATOR, SHORT, operator_token, parse_grant, sign
from operator_cli.methods import Method, find, methods
from operator_cli.output import Json, say, show_json, show_table
from operator_cli.people import token_of

As = Annotated[str, typer.Option("--as", metavar="NOMOR", help="Atas nama kontak dengan nomor ini.")]
Role = Annotated[
    list[str] | None, typer.Option("--role", metavar="PERAN@TEMPAT", help="Dengan peran ini; boleh diulang.")
]


def token(
    phone: As = "",
    role: Role = None,
    minutes: Annotated[int, typer.Option("--minutes", min=1, max=1440, help="Masa berlaku, menit.")] = 60,
    *,
    as_json: Json = False,
) -> None:
    """Cetak token (JWT) untuk gRPC.

    Contoh: kentongan token --as 0812-0000-0001

    Contoh: kentongan token --role midwife@33.17.09.2004
    """
    home = from_environment()
    signed = _token(home, phone, role, timedelta(minutes=minutes))
    if signed is None:
        raise CliError("sebutkan --as NOMOR atau --role PERAN@TEMPAT", "USAGE")
    if as_json:
        show_json({"token": signed, "minutes": minutes})
    else:
        say(signed)


def call(
    target: Annotated[
        str, typer.Argument(metavar="LAYANAN/PERINTAH", help="Misalnya telponi/RegisterPregnancy.")
    ] = "",
    request: Annotated[str, typer.Argument(metavar="JSON", help="Isi permintaan.")] = "{}",
    phone: As = "",
    role: Role = None,
    *,
    list_all: Annotated[bool, typer.Option("--list", help="Daftar perintah yang ada.")] = False,
    as_json: Json = False,
) -> None:
    """Panggil perintah sebuah layanan lewat gRPC; tanpa --as dan --role sebagai operator.

    Contoh: kentongan call --list

    Contoh: kentongan call notifier/FindContact '{"phone": "0812-0000-0001"}'
    """
    home = from_environment()
    if list_all or not target:
        _show_methods(home, target, as_json=as_json)
        return
    process, service, name = _parse(home, target)
    with _method(home, process, service, name) as (channel, method):
        message = method.request(request)
        signed = _token(home, phone, role, SHORT) or operator_token(home)
        for answer in method.call(channel, message, bearer(signed)):
            show_json(answer)


def _token(home: Home, phone: str, roles: list[str] | None, lifetime: timedelta) -> str | None:
    if phone and roles:
        raise CliError("pilih satu: --as atau --role", "USAGE")
    if phone:
        return token_of(home, phone, lifetime)
    grants: list[Grant] = [parse_grant(each) for each in roles or ()]
    return sign(home, OPERATOR, grants, lifetime) if grants else None


def _parse(home: Home, target: str) -> tuple[list[str], str | None, str]:
    """Processes to ask, the service if it was named, the method."""
    service, slash, name = target.strip("/").rpartition("/")
    if not (slash and service and name):
        raise CliError(f"{target!r} bukan LAYANAN/PERINTAH; contoh: telponi/RegisterPregnancy", "USAGE")
    known = home.grpc_services()
    if service in known:
        return [service], None, name
    if "." in service:
        process = service.split(".")[1].replace("_", "-")
        return ([process] if process in known else known), service, name
    return known, service, name


@contextmanager
def _method(
    home: Home, processes: list[str], service: str | None, name: str
) -> Iterator[tuple[grpc.Channel, Method]]:
    last: CliError | None = None
    for process in processes:
        with connected(home, process) as channel:
            try:
                found = find(methods(channel), service, name)
            except CliError as error:
                last = error
                continue
            yield channel, found
            return
    if last and service is None:
        raise last
    known = ", ".join(home.grpc_services())
    raise CliError(f"tidak ada {service}/{name}; layanan: {known}", "NO_METHOD")


def _show_methods(home: Home, only: str, *, as_json: bool) -> None:
    rows: list[tuple[str, str, str, str]] = []
    wanted = only.strip("/")
    for process in [wanted] if wanted else home.grpc_services():
        with connected(home, process) as channel:
            rows += [(process, each.service, each.descriptor.name, each.fields) for each in methods(channel)]
    if as_json:
        keys = ("process", "service", "method", "fields")
        show_json([dict(zip(keys, row, strict=True)) for row in rows])
        return
    show_table(("layanan", "perintah", "isian"), [(row[0], row[2], row[3]) for row in rows], "Tidak ada perintah.")
