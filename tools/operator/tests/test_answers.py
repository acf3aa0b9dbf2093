# ruff: noqa: N802 - methods bear the names of the contract
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import grpc
import pytest

from chassis.grpc import caller
from chassis.kernel.errors import NotFound
from kentongan.common.v1.place_pb2 import Grant
from kentongan.notifier.v1 import alert_progress_pb2 as pb
from kentongan.notifier.v1 import channel_pb2, delivery_pb2
from kentongan.notifier.v1.alert_progress_pb2_grpc import (
    AlertProgressServiceServicer,
    add_AlertProgressServiceServicer_to_server,
)

ALERT = "5f6f3a52-61a4-4bb7-8f0e-2ad7f3f0a001"
UNKNOWN = "5f6f3a52-61a4-4bb7-8f0e-2ad7f3f0a002"
PEOPLE = [f"00000000-0000-7000-8000-00000000000{n}" for n in range(3)]


def person(number: int, answered_s: int = 0) -> pb.AskedPerson:
    one = pb.AskedPerson(
        contact_id=PEOPLE[number], grant=Grant(role="bpbd_duty", place="33.17"), channel=channel_pb2.CHANNEL_SMS
    )
    one.asked_at.FromSeconds(1_772_413_200)
    if answered_s:
        one.acknowledged_at.FromSeconds(1_772_413_200 + answered_s)
        one.via = delivery_pb2.ACKNOWLEDGED_VIA_CODE
    return one


@dataclass
class Progress(AlertProgressServiceServicer):
    """Three were asked; the first answers while somebody watches, and the connection ends once."""

    noted: list[Any] = field(default_factory=list)
    watches: int = 0
    ends_with: grpc.StatusCode = grpc.StatusCode.UNAVAILABLE

    async def ListAsked(self, request: Any, context: Any) -> Any:  # noqa: ARG002 - the signature is grpc's
        if request.alert_id != ALERT:
            raise NotFound("alert_id")
        assert request.standing == pb.STANDING_SILENT
        number = int(request.page_token or 1)
        return pb.ListAskedResponse(people=[person(number)], next_page_token="2" if number == 1 else "")

    async def AcknowledgeFor(self, request: Any, context: Any) -> Any:  # noqa: ARG002 - as above
        self.noted.append((request, caller().contact_id))
        if request.contact_id not in PEOPLE:
            raise NotFound("contact_id", "orang ini tidak dikabari lewat peringatan ini")
        answer = pb.AcknowledgeForResponse(via=delivery_pb2.ACKNOWLEDGED_VIA_OPERATOR)
        answer.acknowledged_at.FromSeconds(1_772_413_260)
        return answer

    async def WatchAlert(self, request: Any, context: Any) -> AsyncIterator[Any]:
        if request.alert_id != ALERT:
            raise NotFound("alert_id")
        self.watches += 1
        first = [person(0), person(1)]
        if self.watches > 1:
            first[0] = person(0, 74)
        yield pb.WatchAlertResponse(state="planned", asked=2, snapshot=True, people=first)
        if self.watches == 1:
            yield pb.WatchAlertResponse(state="planned", asked=2, acknowledged=1, steps=1, people=[person(0, 74)])
            await context.abort(self.ends_with, "goes away")


@pytest.fixture
def progress(serve: Any) -> Any:
    return serve(add_AlertProgressServiceServicer_to_server, Progress())


@pytest.mark.usefixtures("progress")
def test_the_silent_are_listed_from_all_pages(run: Any) -> None:
    said = run("alerts", "silent", ALERT)
    assert (said.status, said.err) == (0, "")
    assert [one in said.out for one in PEOPLE] == [False, True, True]
    assert "bpbd_duty@33.17" in said.out
    data = run("alerts", "silent", ALERT, "--json").data
    assert [(one["contact_id"], one["channel"], one["acknowledged_at"]) for one in data] == [
        (PEOPLE[1], "sms", None), (PEOPLE[2], "sms", None),
    ]  # fmt: skip


@pytest.mark.parametrize("ends_with", [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.UNAUTHENTICATED])
def test_watching_tells_each_change_once_and_goes_on_after_a_lost_connection_or_the_tokens_end(
    progress: Any, run: Any, monkeypatch: pytest.MonkeyPatch, ends_with: grpc.StatusCode
) -> None:
    progress.ends_with = ends_with
    monkeypatch.setattr("operator_cli.commands_answers.AGAIN_S", 0.0)
    said = run("alerts", "watch", ALERT)
    assert (said.status, progress.watches) == (0, 2)
    assert "1 dari 2 menjawab, langkah eskalasi 1" in said.out
    assert said.out.count("menjawab setelah 1 menit 14 detik (code)") == 1
    assert said.out.count(f"{PEOPLE[1]} bpbd_duty@33.17: ") == 1


def test_an_acknowledgement_is_noted_for_a_person(progress: Any, run: Any) -> None:
    said = run("alerts", "acknowledge", ALERT, "--contact", PEOPLE[1])
    assert (said.status, said.out.strip()) == (0, "Tercatat menjawab 2 Mar 2026 08.01.00 (operator).")
    [(request, who)] = progress.noted
    assert (request.alert_id, request.contact_id) == (ALERT, PEOPLE[1])
    assert len(request.idempotency_key) >= 8
    assert who is not None


@pytest.mark.usefixtures("progress")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("silent", UNKNOWN), f"tidak ada peringatan {UNKNOWN}"),
        (("watch", UNKNOWN), f"tidak ada peringatan {UNKNOWN}"),
        (("acknowledge", ALERT, "--contact", UNKNOWN), "contact_id: orang ini tidak dikabari"),
        (("silent", "bukan-id"), "alert_id"),
    ],
)
def test_what_is_not_there_is_told_in_one_line(run: Any, arguments: tuple[str, ...], told: str) -> None:
    said = run("alerts", *arguments)
    assert said.status == 1
    assert told in said.err
    assert said.err.count("\n") == 1
