"""`kentongan alerts`, `backlog`, `carriers` and `quarantine` against a real server."""
# ruff: noqa: N802, ARG002 - methods bear the names and the signature of the contract

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chassis.kernel.errors import NotFound
from kentongan.notifier.v1 import alert_pb2, channel_pb2
from kentongan.notifier.v1 import alert_views_pb2 as views
from kentongan.notifier.v1 import operations_service_pb2 as operations
from kentongan.notifier.v1.alert_views_pb2_grpc import (
    AlertViewServiceServicer,
    add_AlertViewServiceServicer_to_server,
)
from kentongan.notifier.v1.operations_service_pb2_grpc import (
    OperationsServiceServicer,
    add_OperationsServiceServicer_to_server,
)
from operator_cli import following, times

ALERT = "5f6f3a52-61a4-4bb7-8f0e-2ad7f3f0a001"
NONE = "5f6f3a52-61a4-4bb7-8f0e-2ad7f3f0a009"
AT = datetime(2026, 11, 25, 7, 5, 9, tzinfo=UTC)
Run = Callable[..., Any]


def summary() -> views.AlertSummary:
    funnel = views.Funnel(audience=120, planned=118, waiting=8, sent=100, delivered=90, read=40, failed=12)
    made = views.AlertSummary(
        alert_id=ALERT, template="destana.incident", lane=alert_pb2.LANE_LIFE_SAFETY, state="planned", running=True,
        funnel=funnel,
    )  # fmt: skip
    made.accepted_at.FromDatetime(AT)
    made.expires_at.FromDatetime(AT + timedelta(hours=2))
    return made


@dataclass
class Views(AlertViewServiceServicer):
    asked: list[Any] = field(default_factory=list)

    async def ListAlerts(self, request: Any, context: Any) -> Any:
        self.asked.append(request)
        return views.ListAlertsResponse(alerts=[summary()], next_page_token="" if request.page_token else "lagi")

    async def GetFunnel(self, request: Any, context: Any) -> Any:
        self.asked.append(request)
        if request.alert_id != ALERT:
            raise NotFound("alert_id")
        part = views.FunnelPart(key="33.17.09.2004", name="Kragan, Kragan", funnel=views.Funnel(audience=70, sent=60))
        many = [views.FunnelPart(key=f"33.17.09.{2100 + number}", name=f"Desa {number}") for number in range(40)]
        parts = {
            views.FUNNEL_BY_PLACE: [part, *many],
            views.FUNNEL_BY_CARRIER: [views.FunnelPart(key="telko", name="telko")],
        }
        return views.GetFunnelResponse(alert=summary(), parts=parts.get(request.by, []))


class Operations(OperationsServiceServicer):
    async def GetBacklog(self, request: Any, context: Any) -> Any:
        queue = operations.QueueBacklog(channel=channel_pb2.CHANNEL_SMS, waiting=5000, sending=50, retrying=3)
        queue.oldest.FromDatetime(datetime.now(UTC) - timedelta(minutes=3, seconds=2))
        lane = operations.LaneBacklog(lane=alert_pb2.LANE_ROUTINE, queues=[queue], planning=2)
        return operations.GetBacklogResponse(lanes=[lane])

    async def ListCarriers(self, request: Any, context: Any) -> Any:
        carrier = operations.CarrierHealth(
            carrier="telko", channel=channel_pb2.CHANNEL_SMS, reason="link_lost", window=10, window_used=4, failed=7,
            last_error="response_timeout",
        )  # fmt: skip
        carrier.since.FromDatetime(AT)
        carrier.last_error_at.FromDatetime(AT)
        return operations.ListCarriersResponse(carriers=[carrier])

    async def ListQuarantine(self, request: Any, context: Any) -> Any:
        record = operations.QuarantinedRecord(record_id=ALERT, carrier="telko", reason="bad_header", size=16)
        record.at.FromDatetime(AT)
        counts = [operations.ReasonCount(reason="bad_header", count=1)]
        fits = "bad_header".startswith(request.reason)
        return operations.ListQuarantineResponse(records=[record] * fits, counts=counts * fits)

    async def ShowQuarantined(self, request: Any, context: Any) -> Any:
        if request.record_id != ALERT:
            raise NotFound("record_id")
        record = operations.QuarantinedRecord(record_id=ALERT, carrier="telko", reason="bad_header")
        return operations.ShowQuarantinedResponse(record=record, content=b"\xff\x00" if request.reveal else b"")


@pytest.fixture
def seen(serve: Any) -> Any:
    return serve(add_AlertViewServiceServicer_to_server, Views())


@pytest.fixture
def desk(serve: Any) -> Any:
    return serve(add_OperationsServiceServicer_to_server, Operations())


def test_alerts_are_listed_with_their_numbers_and_local_times(run: Run, seen: Any):
    said = run("alerts", "list", "--lane", "life-safety", "--running", "--hours", "48")
    for word in (
        "25 Nov 2026 14.05.09",
        "life-safety",
        "destana.incident",
        "dikirim",
        "120",
        "100",
        ALERT,
        "--page 'lagi'",
    ):
        assert word in said.out
    [asked] = seen.asked
    assert (asked.lane, asked.running, asked.replies) == (alert_pb2.LANE_LIFE_SAFETY, True, False)
    assert datetime.now(UTC) - asked.since.ToDatetime(UTC) > timedelta(hours=47)
    assert "--page" not in run("alerts", "list", "--page", "lagi").out


@pytest.mark.usefixtures("seen")
def test_alerts_are_data_for_programs(run: Run):
    [alert] = run("alerts", "list", "--json").data["alerts"]
    assert (alert["lane"], alert["accepted_at"], alert["acknowledge_by"]) == ("life_safety", AT.isoformat(), None)
    assert alert["funnel"]["sent"] == 100
    shown = run("alerts", "show", ALERT, "--json").data
    assert (shown["by_place"][0]["key"], shown["by_channel"], len(shown["by_place"])) == ("33.17.09.2004", [], 41)


@pytest.mark.usefixtures("seen")
def test_an_alert_is_shown_whole_and_in_parts(run: Run):
    out = run("alerts", "show", ALERT).out
    for word in (
        "destana.incident (life-safety), dikirim",
        "berlaku sampai 25 Nov 2026 16.05.09",
        "Kragan, Kragan (33.17.09.2004)",
    ):
        assert word in out
    assert "dan 21 tempat lain" in out


@pytest.mark.usefixtures("seen")
def test_an_alert_is_followed_until_ctrl_c(run: Run, seen: Any, monkeypatch: pytest.MonkeyPatch):
    looks: list[float] = []

    def sleep(seconds: float) -> None:
        looks.append(seconds)
        if len(looks) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(following.time, "sleep", sleep)
    assert run("alerts", "show", ALERT, "--follow").status == 130
    assert len(seen.asked) == 3 * 4


@pytest.mark.usefixtures("desk")
def test_what_waits_and_how_carriers_do_is_one_table_each(run: Run):
    out = run("backlog").out
    for word in ("routine", "sms", "5000", "3 menit 2 detik", "2 peringatan belum disiapkan"):
        assert word in out
    assert run("backlog", "--json").data["lanes"][0]["queues"][0]["retrying"] == 3
    out = run("carriers").out
    for word in ("telko", "PUTUS: link_lost", "4/10", "response_timeout"):
        assert word in out
    assert run("carriers", "--json").data[0]["failed"] == 7


@pytest.mark.usefixtures("desk")
def test_the_quarantine_shows_its_content_on_demand_only(run: Run):
    said = run("quarantine", "list")
    assert "bad_header" in said.out
    assert "Menurut sebab: bad_header 1" in said.out
    assert run("quarantine", "list", "--reason", "not_").out == "Karantina kosong.\n"
    assert "content" not in run("quarantine", "show", ALERT).out
    assert run("quarantine", "show", ALERT, "--reveal", "--json").data["content"] == {"base64": "/wA="}


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("alerts", "show", "x"), "INVALID_ARGUMENT: tidak sesuai kontrak: alert_id"),
        (("alerts", "show", NONE), f"tidak ada peringatan {NONE}; lihat: kentongan alerts list"),
        (("alerts", "list", "--state", "jalan"), "INVALID_ARGUMENT"),
    ],
)
@pytest.mark.usefixtures("seen")
def test_a_wrong_alert_is_one_line(run: Run, arguments: tuple[str, ...], line: str):
    said = run(*arguments)
    assert (said.status, said.err.count("\n")) == (1, 1)
    assert line in said.err


@pytest.mark.usefixtures("desk")
def test_a_record_that_is_not_there_is_said(run: Run):
    assert f"tidak ada {NONE} di karantina" in run("quarantine", "show", NONE).err


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 detik"),
        (59, "59 detik"),
        (61, "1 menit 1 detik"),
        (7200, "2 jam"),
        (90_000, "1 hari 1 jam"),
        (-5, "0 detik"),
    ],
)
def test_durations_are_told_in_their_two_largest_units(seconds: int, words: str):
    assert times.duration(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize("command", ["alerts", "backlog", "carriers", "quarantine", "dlq"])
def test_every_command_has_help(run: Run, command: str):
    assert run(command, "--help").status in {0, None}
