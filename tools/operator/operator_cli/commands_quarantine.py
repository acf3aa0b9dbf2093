"""`kentongan quarantine`: what carriers brought and nobody could understand."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from kentongan.notifier.v1 import operations_service_pb2 as pb
from kentongan.notifier.v1.operations_service_pb2_grpc import OperationsServiceStub
from operator_cli.asking import asking, unless_there
from operator_cli.messages import data_of
from operator_cli.output import Json, say, show_json, show_table
from operator_cli.times import clock, moment

app = typer.Typer(help="Karantina: PDU dan webhook yang tidak dapat dipahami.", no_args_is_help=True)


@app.command("list")
def list_(
    reason: Annotated[str, typer.Option("--reason", metavar="SEBAB", help="Sebab yang diawali kata ini.")] = "",
    carrier: Annotated[str, typer.Option("--carrier", metavar="NAMA", help="Dari penyedia ini.")] = "",
    hours: Annotated[float, typer.Option("--hours", min=0.0, help="Selama jam terakhir ini; 0: semua.")] = 0,
    limit: Annotated[int, typer.Option("--limit", min=1, max=500, help="Paling banyak.")] = 50,
    page: Annotated[str, typer.Option("--page", help="Halaman berikut: token dari halaman sebelumnya.")] = "",
    *,
    as_json: Json = False,
) -> None:
    """Daftar isi karantina, yang terbaru dahulu, dan banyaknya menurut sebab. Isi pesan tidak ditampilkan.

    Contoh: kentongan quarantine list --hours 24
    """
    request = pb.ListQuarantineRequest(reason=reason, carrier=carrier, page_size=limit, page_token=page)
    if hours:
        request.since.FromDatetime(datetime.now(UTC) - timedelta(hours=hours))
    with asking(OperationsServiceStub) as (stub, ask):
        answer = ask(stub.ListQuarantine, request)
    if as_json:
        show_json(data_of(answer))
        return
    columns = ("masuk", "penyedia", "sebab", "keterangan", "bita", "id")
    show_table(columns, [_row(one) for one in answer.records], "Karantina kosong.")
    if answer.counts:
        say("Menurut sebab: " + ", ".join(f"{one.reason} {one.count}" for one in answer.counts))
    if answer.next_page_token:
        say(f"Masih ada; lanjutkan dengan --page '{answer.next_page_token}'")


@app.command()
def show(
    record: Annotated[str, typer.Argument(metavar="ID", help="Id, dari: kentongan quarantine list.")],
    *,
    reveal: Annotated[
        bool, typer.Option("--reveal", help="Juga isinya, yang mungkin data pribadi; dicatat siapa yang melihat.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Satu isi karantina dengan sebabnya.

    Contoh: kentongan quarantine show 5f6f3a52-61a4-4bb7-8f0e-2ad7f3f0a001 --reveal
    """
    absent = f"tidak ada {record} di karantina; lihat: kentongan quarantine list"
    with asking(OperationsServiceStub) as (stub, ask), unless_there(absent):
        answer = ask(stub.ShowQuarantined, pb.ShowQuarantinedRequest(record_id=record, reveal=reveal))
    told = data_of(answer.record) | ({"content": _content(answer.content)} if reveal else {})
    if as_json:
        show_json(told)
        return
    for name, value in (told | {"at": clock(moment(answer.record, "at"))}).items():
        say(f"{name}: {value}")


def _row(one: Any) -> tuple[object, ...]:
    return (clock(moment(one, "at")), one.carrier, one.reason, one.detail, one.size, one.record_id)


def _content(raw: bytes) -> Any:
    """Text where it is text; else base64, for a tool that reads PDUs."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(raw).decode()}
