"""Alerts raised, updated and called off over real gRPC; what is wrong with one is named."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from chassis.testing.until import until
from kentongan.notifier.v1 import alert_pb2
from kentongan.notifier.v1 import alert_service_pb2 as alerts
from kentongan.notifier.v1 import contacts_service_pb2 as contacts

pytestmark = pytest.mark.integration
VILLAGE = "33.17.12.2002"
MIDWIFE = contacts.ContactRow(phone="0812-0000-0001", name="Bu Sri", role="midwife", place=VILLAGE)


def raising(**more: Any) -> alerts.RaiseAlertRequest:
    given = {
        "idempotency_key": str(uuid4()),
        "template": "destana.incident_silent",
        "values": {"code": "B2K7P", "hazard": "banjir", "place": "Kragan", "silent": "2", "asked": "5", "who": "x"},
        "audience": alert_pb2.Audience(
            groups=[alert_pb2.Group(role="midwife", place=VILLAGE, reach=alert_pb2.REACH_SERVING)]
        ),
        "lane": alert_pb2.LANE_URGENT,
        "expires_at": in_an_hour(),
        **more,
    }
    return alerts.RaiseAlertRequest(**given)


def in_an_hour() -> Timestamp:
    made = Timestamp()
    made.FromDatetime(datetime.now(UTC) + timedelta(hours=1))
    return made


async def test_an_alert_is_raised_updated_and_called_off_by_hand(office: Any) -> None:
    await office.brings(MIDWIFE)
    request = raising()
    raised = await office.alerts.RaiseAlert(request, metadata=office.token("bpbd_duty"))
    assert raised == await office.alerts.RaiseAlert(request, metadata=office.token("bpbd_duty"))
    await until(lambda: len(office.notifier.sent()) == 1, 40)
    update = alerts.UpdateAlertRequest(
        idempotency_key=str(uuid4()),
        alert_id=raised.alert_id,
        template="reply",
        values={"text": "Air naik."},
        expires_at=in_an_hour(),
    )
    await office.alerts.UpdateAlert(update, metadata=office.token("bpbd_commander"))
    await until(lambda: office.notifier.sent()[1:] == ["Air naik."], 40)
    asked = alerts.GetAlertRequest(alert_id=raised.alert_id)
    assert (await office.alerts.GetAlert(asked, metadata=office.token())).state == "updated"
    cancel = alerts.CancelAlertRequest(
        idempotency_key=str(uuid4()),
        alert_id=raised.alert_id,
        reason="selesai",
        template="reply",
        values={"text": "Aman."},
    )
    called_off = await office.alerts.CancelAlert(cancel, metadata=office.token())
    assert (called_off.state, bool(called_off.end_alert_id)) == ("cancelling", True)
    await until(lambda: office.notifier.sent()[2:] == ["Aman."], 40)
    update.idempotency_key = str(uuid4())
    late = await refusal(office.alerts.UpdateAlert(update, metadata=office.token()))
    assert late[0] is grpc.StatusCode.FAILED_PRECONDITION


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"template": "destana.no_such"}, "template"),
        ({"values": {"code": "B2K7P"}}, "values.asked"),
        ({"template": "reply", "values": {"text": "x", "more": "y"}}, "values.more"),
        ({"template": "destana.incident_silent", "values": {**raising().values, "silent": "dua"}}, "values.silent"),
        (
            {"template": "destana.incident_silent", "values": {**raising().values, "hazard": "x" * 21}},
            "values.hazard",
        ),
        ({"lane": 0}, "lane"),
        ({"lane": 9}, "lane"),
        ({"expires_at": Timestamp(seconds=1)}, "expires_at"),
        ({"acknowledge_by": Timestamp(seconds=1)}, "acknowledge_by"),
        ({"audience": alert_pb2.Audience()}, "audience"),
        (
            {
                "audience": alert_pb2.Audience(
                    groups=[alert_pb2.Group(role="midwife", place="33.17.01", reach=alert_pb2.REACH_WITHIN)]
                )
            },
            "audience",
        ),
        (
            {
                "audience": alert_pb2.Audience(
                    groups=[alert_pb2.Group(role="midwife", place="33.18", reach=alert_pb2.REACH_WITHIN)]
                )
            },
            "audience.groups[0].place",
        ),
        ({"audience": alert_pb2.Audience(contact_ids=[str(uuid4()) for _ in range(1001)])}, "audience.contact_ids"),
    ],
)
async def test_what_is_wrong_with_an_alert_is_named(office: Any, wrong: dict[str, Any], field: str) -> None:
    await office.brings(MIDWIFE)
    code, fields = await refusal(office.alerts.RaiseAlert(raising(**wrong), metadata=office.token()))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert fields == [field]
    assert await office.notifier.fetchval("select count(*) from alert") == 0


async def refusal(call: Any) -> tuple[grpc.StatusCode, list[str]]:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await call
    details = rpc_status.from_call(refused.value).details
    bad = error_details_pb2.BadRequest()
    assert next(one for one in details if one.Unpack(bad))
    return refused.value.code(), [each.field for each in bad.field_violations]


@pytest.mark.parametrize("role", ["midwife", "resident", "village_head", "collector"])
async def test_who_has_no_business_with_alerts_gives_none_and_ends_none(office: Any, role: str) -> None:
    one, key = str(uuid4()), str(uuid4())
    calls = (
        (office.alerts.RaiseAlert, raising()),
        (office.alerts.CancelAlert, alerts.CancelAlertRequest(idempotency_key=key, alert_id=one, reason="salah")),
        (
            office.alerts.UpdateAlert,
            alerts.UpdateAlertRequest(idempotency_key=key, alert_id=one, template="menu", expires_at=in_an_hour()),
        ),
    )
    for method, request in calls:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await method(request, metadata=office.token(role))
        assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED


DISTRICT, ELSEWHERE = "33.17.12", "33.17.09"


def to(place: str, *more: str, contacts: tuple[str, ...] = ()) -> alert_pb2.Audience:
    groups = [alert_pb2.Group(role="midwife", place=each, reach=alert_pb2.REACH_WITHIN) for each in (place, *more)]
    return alert_pb2.Audience(groups=groups, contact_ids=contacts)


@pytest.mark.parametrize("role", ["operator", "bpbd_duty", "bpbd_commander"])
async def test_who_has_a_district_raises_alerts_there_and_nowhere_else(office: Any, role: str) -> None:
    await office.brings(MIDWIFE)
    token = office.token(role, DISTRICT)
    for place in (VILLAGE, DISTRICT):
        raised = await office.alerts.RaiseAlert(raising(audience=to(place)), metadata=token)
        assert raised.state == "planning"
    person = str(uuid4())
    for audience, field in (
        (to(ELSEWHERE), "audience.groups[0].place"),
        (to(VILLAGE, "33.17"), "audience.groups[1].place"),
        (to("RS-SOETRASNO"), "audience.groups[0].place"),
        (to(VILLAGE, contacts=(person,)), "audience.contact_ids"),
    ):
        code, fields = await refusal(office.alerts.RaiseAlert(raising(audience=audience), metadata=token))
        assert (code, fields) == (grpc.StatusCode.INVALID_ARGUMENT, [field])
    assert await office.notifier.fetchval("select count(*) from alert") == 2


async def test_a_facility_lies_where_its_village_does(office: Any) -> None:
    await office.brings(contacts.ContactRow(phone="0812-0000-0009", role="facility_duty", place="RS-SOETRASNO"))
    duty = alert_pb2.Group(role="facility_duty", place="RS-SOETRASNO", reach=alert_pb2.REACH_SERVING)
    request = raising(audience=alert_pb2.Audience(groups=[duty]))
    raised = await office.alerts.RaiseAlert(request, metadata=office.token("bpbd_duty", "33.17.10"))
    assert raised.state == "planning"


async def test_who_has_a_district_changes_and_ends_nothing_of_another(office: Any) -> None:
    await office.brings(MIDWIFE)
    raised = await office.alerts.RaiseAlert(raising(), metadata=office.token())
    alert, token = raised.alert_id, office.token("bpbd_duty", ELSEWHERE)
    update = alerts.UpdateAlertRequest(
        idempotency_key=str(uuid4()),
        alert_id=alert,
        template="reply",
        values={"text": "Air naik."},
        expires_at=in_an_hour(),
    )
    cancel = alerts.CancelAlertRequest(idempotency_key=str(uuid4()), alert_id=alert, reason="salah")
    for call in (
        office.alerts.UpdateAlert(update, metadata=token),
        office.alerts.CancelAlert(cancel, metadata=token),
    ):
        assert await refusal(call) == (grpc.StatusCode.INVALID_ARGUMENT, ["alert_id"])
    assert await office.notifier.fetchval("select count(*) from alert where successor is null") == 1
    cancel.idempotency_key = str(uuid4())
    ended = await office.alerts.CancelAlert(cancel, metadata=office.token("bpbd_duty", DISTRICT))
    assert ended.state in {"cancelling", "cancelled"}
