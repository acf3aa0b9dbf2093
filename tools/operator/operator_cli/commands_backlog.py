"""`kentongan backlog` and `kentongan carriers`: what waits, and how the carriers do."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import RenderableType

from kentongan.notifier.v1 import operations_service_pb2 as pb
from kentongan.notifier.v1.operations_service_pb2_grpc import OperationsServiceStub
from operator_cli import following
from operator_cli.asking import asking
from operator_cli.messages import data_of, word
from operator_cli.output import Json, table
from operator_cli.times import age, clock, moment

Follow = Annotated[bool, typer.Option("--follow", "-f", help="Tampilkan terus, sampai Ctrl-C.")]
_QUEUES = ("jalur", "saluran", "menunggu giliran", "sedang dikirim", "akan diulang", "tertua masuk", "umur")
_CARRIERS = (
    "penyedia", "saluran", "keadaan", "sejak", "istirahat sampai", "jendela", "diterima", "gagal",
    "diperlambat", "kesalahan terakhir",
)  # fmt: skip


def backlog(*, follow: Follow = False, as_json: Json = False) -> None:
    """Apa yang menunggu dikirim, tiap jalur dan saluran, dan berapa lama yang tertua sudah menunggu.

    Contoh: kentongan backlog --follow
    """
    with asking(OperationsServiceStub) as (stub, ask):

        def look() -> Any:
            return ask(stub.GetBacklog, pb.GetBacklogRequest())

        if as_json:
            following.tell(look, data_of, follow=follow)
        else:
            following.show(look, _backlog, follow=follow)


def carriers(*, follow: Follow = False, as_json: Json = False) -> None:
    """Keadaan tiap penyedia: tersambung atau tidak, sejak kapan, jendela terpakai, kesalahan terakhir.

    Contoh: kentongan carriers
    """
    with asking(OperationsServiceStub) as (stub, ask):

        def look() -> Any:
            return ask(stub.ListCarriers, pb.ListCarriersRequest())

        if as_json:
            following.tell(look, lambda answer: data_of(answer)["carriers"], follow=follow)
        else:
            following.show(look, _carriers, follow=follow)


def _backlog(answer: Any) -> Iterator[RenderableType]:
    now, rows = datetime.now(UTC), []
    for lane in answer.lanes:
        name = word(lane, "lane").replace("_", "-")
        for queue in lane.queues:
            oldest = moment(queue, "oldest")
            counts = (queue.waiting, queue.sending, queue.retrying)
            rows.append((name, word(queue, "channel"), *counts, clock(oldest), age(oldest, now)))
        if lane.planning:
            oldest = moment(lane, "oldest")
            rows.append(
                (name, f"{lane.planning} peringatan belum disiapkan", "", "", "", clock(oldest), age(oldest, now))
            )
    yield table(_QUEUES, rows)


def _carriers(answer: Any) -> Iterator[RenderableType]:
    if not answer.carriers:
        yield "Belum ada proses yang memakai penyedia."
        return
    yield table(_CARRIERS, [_carrier(one, datetime.now(UTC)) for one in answer.carriers])


def _carrier(one: Any, now: datetime) -> tuple[object, ...]:
    state = "tersambung" if one.up else "PUTUS"
    window = f"{one.window_used}/{one.window}" if one.window else one.window_used
    error = f"{one.last_error} ({age(moment(one, 'last_error_at'), now)} lalu)" if one.last_error else ""
    return (
        one.carrier,
        word(one, "channel"),
        f"{state}: {one.reason}" if one.reason else state,
        f"{clock(moment(one, 'since'))} ({age(moment(one, 'since'), now)})",
        clock(moment(one, "rests_until")),
        window,
        one.accepted,
        one.failed,
        one.throttled,
        error,
    )
