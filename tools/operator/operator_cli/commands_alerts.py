"""`kentongan alerts`: which alerts run, and how far their people are."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

import typer

from kentongan.notifier.v1 import alert_pb2
from kentongan.notifier.v1 import alert_views_pb2 as pb
from kentongan.notifier.v1.alert_views_pb2_grpc import AlertViewServiceStub
from operator_cli import alert_tables, following
from operator_cli.asking import Ask, asking, unless_there
from operator_cli.messages import data_of
from operator_cli.output import Json, say, show_json, show_table

app = typer.Typer(help="Peringatan: yang sedang berjalan dan yang baru saja.", no_args_is_help=True)
BY = (pb.FUNNEL_BY_CHANNEL, pb.FUNNEL_BY_CARRIER, pb.FUNNEL_BY_REASON, pb.FUNNEL_BY_PLACE)


class LaneName(StrEnum):
    """A lane as in the names of topics."""

    LIFE_SAFETY = "life-safety"
    URGENT = "urgent"
    ROUTINE = "routine"


@app.command("list")
def list_(
    lane: Annotated[LaneName | None, typer.Option("--lane", help="Hanya jalur ini.")] = None,
    state: Annotated[
        str, typer.Option("--state", help="planning, planned, cancelling, cancelled, duplicate, rejected.")
    ] = "",
    template: Annotated[str, typer.Option("--template", help="Misalnya destana.incident.")] = "",
    hours: Annotated[float, typer.Option("--hours", min=0.01, help="Yang masuk selama jam terakhir ini.")] = 24,
    limit: Annotated[int, typer.Option("--limit", min=1, max=200, help="Paling banyak.")] = 20,
    page: Annotated[str, typer.Option("--page", help="Halaman berikut: token dari halaman sebelumnya.")] = "",
    *,
    running: Annotated[bool, typer.Option("--running", help="Hanya yang belum selesai dikirim.")] = False,
    replies: Annotated[bool, typer.Option("--replies", help="Juga jawaban untuk satu pesan.")] = False,
    as_json: Json = False,
) -> None:
    """Daftar peringatan, yang terbaru dahulu, dengan banyaknya orang yang sudah sampai mana.

    Contoh: kentongan alerts list --running

    Contoh: kentongan alerts list --lane life-safety --hours 72
    """
    request = pb.ListAlertsRequest(
        lane=alert_pb2.Lane.Value(f"LANE_{lane.name if lane else 'UNSPECIFIED'}"),
        state=state,
        template=template,
        running=running,
        replies=replies,
        page_size=limit,
        page_token=page,
    )
    request.since.FromDatetime(datetime.now(UTC) - timedelta(hours=hours))
    with asking(AlertViewServiceStub) as (stub, ask):
        answer = ask(stub.ListAlerts, request)
    if as_json:
        show_json(data_of(answer))
        return
    show_table(alert_tables.LIST, [alert_tables.row(one) for one in answer.alerts], "Tidak ada peringatan.")
    if answer.next_page_token:
        say(f"Masih ada; lanjutkan dengan --page '{answer.next_page_token}'")


@app.command()
def show(
    alert: Annotated[str, typer.Argument(metavar="ID", help="Id peringatan, dari: kentongan alerts list.")],
    *,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Tampilkan terus, sampai Ctrl-C.")] = False,
    as_json: Json = False,
) -> None:
    """Satu peringatan: berapa orang penerimanya, siap, terkirim, sampai, dibaca, gagal dan sebabnya.

    Dirinci menurut saluran, penyedia, sebab, dan tempat, tanpa menyebut orang (untuk itu: kentongan person).

    Contoh: kentongan alerts show 5f6f3a52-61a4-4bb7-8f0e-2ad7f3f0a001 --follow
    """
    with asking(AlertViewServiceStub) as (stub, ask):

        def look() -> dict[int, Any]:
            return {by: _funnel(stub, ask, alert, by) for by in BY}

        if as_json:
            following.tell(look, _data, follow=follow)
        else:
            following.show(look, alert_tables.drawn, follow=follow)


def _funnel(stub: AlertViewServiceStub, ask: Ask, alert: str, by: int) -> Any:
    with unless_there(f"tidak ada peringatan {alert}; lihat: kentongan alerts list"):
        return ask(stub.GetFunnel, pb.GetFunnelRequest(alert_id=alert, by=pb.FunnelBy.ValueType(by)))


def _data(found: dict[int, Any]) -> dict[str, Any]:
    names = {by: pb.FunnelBy.Name(pb.FunnelBy.ValueType(by)).removeprefix("FUNNEL_BY_").lower() for by in found}
    whole = data_of(next(iter(found.values())).alert)
    return whole | {f"by_{names[by]}": [data_of(part) for part in one.parts] for by, one in found.items()}
