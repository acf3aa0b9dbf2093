"""`kentongan alerts raise|update|cancel`: alerts by hand."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from google.protobuf.timestamp_pb2 import Timestamp

from chassis.kernel.ids import new_id
from chassis.region.clocks import read_duration
from kentongan.notifier.v1 import alert_pb2
from kentongan.notifier.v1 import alert_service_pb2 as pb
from kentongan.notifier.v1.alert_service_pb2_grpc import AlertServiceStub
from operator_cli.asking import asking, unless_there
from operator_cli.commands_alerts import LaneName
from operator_cli.errors import CliError
from operator_cli.messages import data_of
from operator_cli.output import Json, say, show_json

Template = Annotated[
    str, typer.Argument(metavar="TEKS", help="Nama teks di paket wilayah, misalnya destana.incident.")
]
Id = Annotated[str, typer.Argument(metavar="ID", help="Id peringatan, dari: kentongan alerts list.")]
Values = Annotated[
    list[str] | None, typer.Option("--value", "-v", metavar="NAMA=ISI", help="Isian teks; boleh berulang.")
]
For = Annotated[str, typer.Option("--for", metavar="LAMA", help="Berlaku selama: 30m, 6h, 2d.")]
Key = Annotated[
    str, typer.Option("--key", help="Kunci idempotensi: perintah yang sama dengan kunci sama dihitung sekali.")
]


def raise_(
    template: Template,
    lane: Annotated[LaneName, typer.Option("--lane", help="Jalur.")],
    values: Values = None,
    within: Annotated[
        list[str] | None, typer.Option("--within", metavar="PERAN@TEMPAT", help="Semua di dalam tempat ini.")
    ] = None,
    serving: Annotated[
        list[str] | None, typer.Option("--serving", metavar="PERAN@TEMPAT", help="Yang bertugas untuk tempat ini.")
    ] = None,
    contact: Annotated[list[str] | None, typer.Option("--contact", metavar="ID", help="Satu orang.")] = None,
    lasts: For = "6h",
    acknowledge: Annotated[str, typer.Option("--acknowledge", metavar="LAMA", help="Minta jawaban dalam: 10m.")] = "",
    same: Annotated[
        str, typer.Option("--same", help="Peringatan dengan kata yang sama dalam sehari hanya satu.")
    ] = "",
    key: Key = "",
    *,
    as_json: Json = False,
) -> None:
    """Kirim peringatan.

    Contoh: kentongan alerts raise destana.incident --lane urgent --within resident@33.17.12 -v code=B2K7P
    -v hazard=BANJIR -v place=Kragan -v reporters=3
    """
    request = pb.RaiseAlertRequest(
        idempotency_key=key or new_id().hex,
        template=template,
        values=_values(values),
        audience=alert_pb2.Audience(
            groups=[*_groups(within, alert_pb2.REACH_WITHIN), *_groups(serving, alert_pb2.REACH_SERVING)],
            contact_ids=contact or [],
        ),
        lane=alert_pb2.Lane.Value(f"LANE_{lane.name}"),
        expires_at=_in(lasts),
        acknowledge_by=_in(acknowledge) if acknowledge else None,
        deduplication_key=same,
    )
    with asking(AlertServiceStub) as (stub, ask):
        answer = ask(stub.RaiseAlert, request)
    if as_json:
        show_json(data_of(answer))
    elif answer.state == "duplicate":
        say("Peringatan yang sama sudah dikirim; tidak dikirim lagi.")
    else:
        say(f"Peringatan {answer.alert_id} dikirim. Lihat: kentongan alerts show {answer.alert_id}")


def update(
    alert: Id, template: Template, values: Values = None, lasts: For = "6h", key: Key = "", *, as_json: Json = False
) -> None:
    """Ganti isi peringatan: yang sudah menerima mendapat isi baru juga, yang belum hanya mendapat isi baru.

    Contoh: kentongan alerts update 5f6f3a52-61a4-4bb7-8f0e-2ad7f3f0a001 destana.incident -v code=B2K7P ...
    """
    request = pb.UpdateAlertRequest(
        idempotency_key=key or new_id().hex,
        alert_id=alert,
        template=template,
        values=_values(values),
        expires_at=_in(lasts),
    )
    with asking(AlertServiceStub) as (stub, ask), unless_there(_no_such(alert)):
        answer = ask(stub.UpdateAlert, request)
    if as_json:
        show_json(data_of(answer))
    else:
        say(f"Isi baru dikirim sebagai peringatan {answer.alert_id}.")


def cancel(
    alert: Id,
    reason: Annotated[str, typer.Option("--reason", help="Sebabnya, tanpa nama orang.")],
    template: Annotated[str, typer.Option("--tell", metavar="TEKS", help="Beri tahu yang sudah menerima.")] = "",
    values: Values = None,
    key: Key = "",
    *,
    as_json: Json = False,
) -> None:
    """Batalkan peringatan: yang belum terkirim tidak dikirim lagi.

    Contoh: kentongan alerts cancel 5f6f3a52-61a4-4bb7-8f0e-2ad7f3f0a001 --reason "salah tempat"
    """
    request = pb.CancelAlertRequest(
        idempotency_key=key or new_id().hex,
        alert_id=alert,
        reason=reason,
        template=template,
        values=_values(values),
    )
    with asking(AlertServiceStub) as (stub, ask), unless_there(_no_such(alert)):
        answer = ask(stub.CancelAlert, request)
    if as_json:
        show_json(data_of(answer))
    elif answer.state in {"cancelling", "cancelled"}:
        told = " Yang sudah menerima diberi tahu." if answer.end_alert_id else ""
        say(f"Peringatan {answer.alert_id} dibatalkan.{told}")
    else:
        say(f"Tidak ada yang dibatalkan: peringatan ini {answer.state}.")


def _no_such(alert: str) -> str:
    return f"tidak ada peringatan {alert}; lihat: kentongan alerts list"


def _values(given: list[str] | None) -> dict[str, str]:
    pairs = [one.partition("=") for one in given or []]
    for name, equals, _ in pairs:
        if not name or not equals:
            raise CliError(f"{name or '='!r} bukan NAMA=ISI; contoh: -v code=B2K7P", "USAGE")
    return {name: text for name, _, text in pairs}


def _groups(given: list[str] | None, reach: alert_pb2.Reach.ValueType) -> list[alert_pb2.Group]:
    pairs = [one.partition("@") for one in given or []]
    for role, at, place in pairs:
        if not (role and at and place):
            raise CliError(f"{role!r} bukan PERAN@TEMPAT; contoh: resident@33.17.12", "USAGE")
    return [alert_pb2.Group(role=role, place=place, reach=reach) for role, _, place in pairs]


def _in(lasts: str) -> Timestamp:
    try:
        moment = datetime.now(UTC) + read_duration(lasts)
    except ValueError:
        raise CliError(f"{lasts!r} bukan lama waktu; contoh: 30m, 6h, 2d", "USAGE") from None
    made = Timestamp()
    made.FromDatetime(moment)
    return made
