"""`kentongan alerts raise`, `update` and `cancel` against a real server."""
# ruff: noqa: N802, ARG002 - methods bear the names and the signature of the contract

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chassis.kernel.errors import NotFound, Reject
from kentongan.notifier.v1 import alert_pb2
from kentongan.notifier.v1 import alert_service_pb2 as pb
from kentongan.notifier.v1.alert_service_pb2_grpc import AlertServiceServicer, add_AlertServiceServicer_to_server

ALERT = "5f6f3a52-61a4-4bb7-8f0e-2ad7f3f0a001"
NONE = "5f6f3a52-61a4-4bb7-8f0e-2ad7f3f0a009"
Run = Callable[..., Any]


@dataclass
class Alerts(AlertServiceServicer):
    asked: list[Any] = field(default_factory=list)

    async def RaiseAlert(self, request: Any, context: Any) -> Any:
        self.asked.append(request)
        if request.template == "destana.no_such":
            raise Reject("template", "unknown_template", "teks ini tidak ada di paket wilayah")
        return pb.RaiseAlertResponse(alert_id=ALERT, state="duplicate" if request.deduplication_key else "planning")

    async def UpdateAlert(self, request: Any, context: Any) -> Any:
        self.asked.append(request)
        if request.alert_id == NONE:
            raise NotFound("alert_id")
        return pb.UpdateAlertResponse(alert_id=NONE, state="planning")

    async def CancelAlert(self, request: Any, context: Any) -> Any:
        self.asked.append(request)
        end = NONE if request.template else ""
        return pb.CancelAlertResponse(alert_id=request.alert_id, state="cancelling", end_alert_id=end)


@pytest.fixture
def alerts(serve: Any) -> Any:
    return serve(add_AlertServiceServicer_to_server, Alerts())


def test_an_alert_is_raised_as_it_was_typed(run: Run, alerts: Any):
    said = run(
        "alerts", "raise", "destana.incident", "--lane", "life-safety", "--within", "resident@33.17.12",
        "--serving", "bpbd_duty@33.17", "-v", "code=B2K7P", "-v", "place=a=b", "--for", "2h", "--acknowledge", "10m",
    )  # fmt: skip
    assert ALERT in said.out
    [asked] = alerts.asked
    assert (asked.lane, dict(asked.values)) == (alert_pb2.LANE_LIFE_SAFETY, {"code": "B2K7P", "place": "a=b"})
    within, serving = asked.audience.groups
    assert (within.role, within.place, within.reach) == ("resident", "33.17.12", alert_pb2.REACH_WITHIN)
    assert (serving.role, serving.place, serving.reach) == ("bpbd_duty", "33.17", alert_pb2.REACH_SERVING)
    left = asked.expires_at.ToDatetime(UTC) - datetime.now(UTC)
    assert timedelta(hours=1, minutes=50) < left < timedelta(hours=2)
    assert asked.acknowledge_by.seconds < asked.expires_at.seconds


@pytest.mark.usefixtures("alerts")
def test_the_same_alert_twice_is_told(run: Run):
    said = run("alerts", "raise", "reply", "--lane", "routine", "--contact", NONE, "--same", "banjir-kragan")
    assert "sudah dikirim" in said.out


def test_an_alert_is_updated_and_called_off(run: Run, alerts: Any):
    assert NONE in run("alerts", "update", ALERT, "reply", "-v", "text=Air naik.").out
    said = run("alerts", "cancel", ALERT, "--reason", "selesai", "--tell", "reply", "-v", "text=Aman.")
    assert "dibatalkan. Yang sudah menerima diberi tahu." in said.out
    update, cancel = alerts.asked
    assert (update.alert_id, update.template, update.values["text"]) == (ALERT, "reply", "Air naik.")
    assert (cancel.reason, cancel.template, cancel.values["text"]) == ("selesai", "reply", "Aman.")
    assert run("alerts", "cancel", ALERT, "--reason", "x", "--json").data["state"] == "cancelling"


@pytest.mark.usefixtures("alerts")
@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (("raise", "reply", "--lane", "urgent", "-v", "text"), "bukan NAMA=ISI"),
        (("raise", "reply", "--lane", "urgent", "--within", "resident"), "bukan PERAN@TEMPAT"),
        (("raise", "reply", "--lane", "urgent", "--for", "besok"), "bukan lama waktu"),
        (("raise", "destana.no_such", "--lane", "urgent", "--contact", NONE), "teks ini tidak ada"),
        (("update", NONE, "reply"), "tidak ada peringatan"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(run: Run, typed: tuple[str, ...], told: str):
    said = run("alerts", *typed)
    assert told in said.err
    assert (said.status, said.err.count("\n")) == (1, 1)
