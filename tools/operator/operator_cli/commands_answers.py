"""`kentongan alerts silent|watch|acknowledge`: who has answered an alert that asks for it."""

import time
from collections.abc import Iterator
from typing import Annotated, Any
from uuid import UUID

import grpc
import typer

from chassis.kernel.ids import new_id
from kentongan.notifier.v1 import alert_progress_pb2 as pb
from kentongan.notifier.v1 import contacts_service_pb2
from kentongan.notifier.v1.alert_progress_pb2_grpc import AlertProgressServiceStub
from kentongan.notifier.v1.contacts_service_pb2_grpc import ContactServiceStub
from operator_cli.asking import asking, unless_there
from operator_cli.channels import bearer, connected
from operator_cli.errors import from_grpc
from operator_cli.home import from_environment
from operator_cli.identity import operator_token
from operator_cli.messages import data_of, word
from operator_cli.output import Json, say, show_json, show_table
from operator_cli.times import clock, duration, moment

PAGE = 1000
AGAIN_S = 1.0
TAKEN_UP = ("UNAVAILABLE", "UNAUTHENTICATED")
COLUMNS = ("orang", "peran", "keadaan", "saluran", "sejak", "langkah")
Alert = Annotated[str, typer.Argument(metavar="ID", help="Id peringatan, dari: kentongan alerts list.")]


def silent(alert: Alert, *, as_json: Json = False) -> None:
    """Siapa yang belum menjawab peringatan, dan sejak kapan ditunggu.

    Contoh: kentongan alerts silent 5f6f3a52-61a4-4bb7-8f0e-2ad7f3f0a001
    """
    people = list(_silent(alert))
    if as_json:
        show_json([data_of(one) for one in people])
    else:
        show_table(COLUMNS, [_row(one) for one in people], "Semua sudah menjawab, atau tidak ada yang diminta.")


def acknowledge(
    alert: Alert,
    *,
    contact: Annotated[str, typer.Option("--contact", help="Id orang itu, atau nomor teleponnya.")],
    as_json: Json = False,
) -> None:
    """Catat bahwa seseorang sudah menjawab, misalnya lewat telepon. Yang dicatat lebih dahulu tetap berlaku.

    Contoh: kentongan alerts acknowledge 5f6f3a52-61a4-4bb7-8f0e-2ad7f3f0a001 --contact 0812-0000-0023
    """
    person = _id_of(contact)
    with asking(AlertProgressServiceStub) as (stub, ask):
        request = pb.AcknowledgeForRequest(idempotency_key=new_id().hex, alert_id=alert, contact_id=person)
        answer = ask(stub.AcknowledgeFor, request)
    if as_json:
        show_json(data_of(answer))
    else:
        say(f"Tercatat menjawab {clock(moment(answer, 'acknowledged_at'))} ({word(answer, 'via')}).")


def watch(alert: Alert, *, as_json: Json = False) -> None:
    """Ikuti jawaban atas peringatan, sampai Ctrl-C: keadaan sekarang, lalu setiap perubahan.

    Contoh: kentongan alerts watch 5f6f3a52-61a4-4bb7-8f0e-2ad7f3f0a001
    """
    told: dict[str, Any] = {}
    for seen in _watched(alert):
        news = [one for one in seen.people if told.get(one.contact_id) != one]
        told.update({one.contact_id: one for one in news})
        if as_json:
            show_json(data_of(seen))
            continue
        counts = f"{seen.acknowledged} dari {seen.asked} menjawab, langkah eskalasi {seen.steps}"
        say(f"{counts}, {seen.state}{' (hanya jumlah)' if seen.counts_only else ''}")
        for one in news:
            say("  " + _line(one))


def _silent(alert: str) -> Iterator[Any]:
    page = ""
    with asking(AlertProgressServiceStub) as (stub, ask), unless_there(f"tidak ada peringatan {alert}"):
        while True:
            request = pb.ListAskedRequest(
                alert_id=alert, standing=pb.STANDING_SILENT, page_size=PAGE, page_token=page
            )
            answer = ask(stub.ListAsked, request)
            yield from answer.people
            page = answer.next_page_token
            if not page:
                return


def _watched(alert: str) -> Iterator[Any]:
    """The stream, taken up again when the connection ends (services end old ones) or the token, with a new one."""
    home, request = from_environment(), pb.WatchAlertRequest(alert_id=alert)
    with connected(home, "notifier") as channel, unless_there(f"tidak ada peringatan {alert}"):
        stub, ended = AlertProgressServiceStub(channel), False
        while not ended:
            answered = False
            try:
                for seen in stub.WatchAlert(request, metadata=bearer(operator_token(home))):
                    answered = True
                    yield seen
                ended = True
            except grpc.RpcError as error:
                if not answered or from_grpc(error).code not in TAKEN_UP:
                    raise
                time.sleep(AGAIN_S)


def _id_of(contact: str) -> str:
    """The contact's id, given as it is or looked up by phone. Raises CliError."""
    try:
        return str(UUID(contact))
    except ValueError:
        pass
    with asking(ContactServiceStub) as (stub, ask), unless_there(f"tidak ada kontak dengan nomor {contact}"):
        found = ask(stub.FindContact, contacts_service_pb2.FindContactRequest(phone=contact))
        return str(found.contact.contact_id)


def _row(one: Any) -> tuple[object, ...]:
    state, channel = word(one, "state"), word(one, "channel")
    return (one.contact_id, _post(one), state, channel, clock(moment(one, "asked_at")), one.step or "")


def _post(one: Any) -> str:
    return f"{one.grant.role}@{one.grant.place}" if one.HasField("grant") else ""


def _line(one: Any) -> str:
    begin = " ".join(part for part in (one.contact_id, _post(one)) if part)
    asked, answered = moment(one, "asked_at"), moment(one, "acknowledged_at")
    if asked is None or answered is None:
        return f"{begin}: {word(one, 'state')} ({word(one, 'channel')}), belum menjawab"
    return f"{begin}: menjawab setelah {duration(answered - asked)} ({word(one, 'via')})"
