"""How far alerts are, what waits, how the carriers do and what could not be understood, over real gRPC."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from prometheus_client import REGISTRY

from chassis.auth.cipher import Cipher
from chassis.kernel.alert import Group
from chassis.testing.until import until
from kentongan.notifier.v1 import alert_pb2, channel_pb2
from kentongan.notifier.v1 import alert_views_pb2 as views
from kentongan.notifier.v1 import contacts_service_pb2 as people_pb
from kentongan.notifier.v1 import operations_service_pb2 as operations
from kentongan.notifier.v1.alert_views_pb2_grpc import AlertViewServiceStub
from kentongan.notifier.v1.operations_service_pb2_grpc import OperationsServiceStub
from notifier.adapters.backlogs import Backlogs
from notifier.adapters.carrier_health import CarrierHealth
from notifier.adapters.mailroom import Mailroom
from notifier.adapters.smpp.commands import Status
from notifier.adapters.vault import Vault
from notifier.application.incoming import Quarantined
from notifier.domain.carrier_health import Health
from notifier.domain.channel import Channel
from notifier.domain.delivery import State
from notifier.domain.lane import Lane as Row
from notifier.entrypoints.backlog_watch import look

pytestmark = pytest.mark.integration
HOME, NEXT = "33.17.12.2002", "33.17.12.2003"
NOBODY = "00000000-0000-7000-8000-000000000001"
OLDEST = "oldest_undelivered_timestamp_seconds"
VAULT = Vault(Cipher(b"k" * 32), b"h" * 32, b"", b"", {})
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
WATCH = {"operator", "bpbd_duty", "bpbd_commander"}
EVERYBODY = {*WATCH, "midwife", "kader", "doctor", "facility_duty", "resident", "collector", "village_head"}


class Desk:
    """The office's window for views."""

    def __init__(self, office: Any) -> None:
        self.office, self.pool = office, office.notifier.process.pool
        self.views, self.operations = AlertViewServiceStub(office.channel), OperationsServiceStub(office.channel)

    async def funnel(self, alert: Any, by: int = 0, role: str = "operator") -> Any:
        request = views.GetFunnelRequest(alert_id=str(getattr(alert, "id", alert)), by=by)
        return await self.views.GetFunnel(request, metadata=self.office.token(role))

    async def alerts(self, **asked: Any) -> Any:
        return await self.views.ListAlerts(views.ListAlertsRequest(**asked), metadata=self.office.token("bpbd_duty"))

    async def keep_alert(self, **given: Any) -> UUID:
        """An alert as it might lie in the table."""
        row = {"id": uuid4(), "lane": 3, "state": "planned", "template": "reply", "planned": 1, "reply": None,
               "at": LONG_AGO, "expires": datetime.now(UTC) + timedelta(hours=1)} | given  # fmt: skip
        await self.pool.execute(
            "insert into alert (id, version, subject, template, sealed_values, audience, lane, expires_at,"
            " accepted_at, deduplication_key, in_reply_to, state, reason, planned, traceparent)"
            " values ($1, 1, $1, $2, '', '{\"groups\": [], \"contacts\": []}', $3, $4, $5, '', $6, $7, '', $8, '')",
            row["id"], row["template"], row["lane"], row["expires"], row["at"], row["reply"], row["state"],
            row["planned"],
        )  # fmt: skip
        return row["id"]

    async def keep_delivery(self, alert: UUID, queue: int, seq: int, state: State, reason: str = "") -> None:
        due = LONG_AGO + timedelta(days=900) if state is State.WAITING else None
        await self.pool.execute(
            "insert into delivery (queue, seq, alert, contact, state, reason, due, at)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8)",
            queue, seq, alert, uuid4(), int(state), reason, due, LONG_AGO,
        )  # fmt: skip


@pytest.fixture
async def desk(office: Any) -> Desk:
    return Desk(office)


@pytest.fixture
async def quiet(quiet_office: Any) -> Desk:
    """Nobody plans and sends."""
    return Desk(quiet_office)


def person(phone: str, role: str = "midwife", place: str = HOME, channel: str = "sms") -> people_pb.ContactRow:
    return people_pb.ContactRow(phone=phone, name="Bu Sri", role=role, place=place, channel=channel)


def counts(parts: Any, field: str) -> dict[str, int]:
    return {part.key: getattr(part.funnel, field) for part in parts}


async def test_an_alert_is_seen_by_channel_carrier_place_and_reason(desk: Desk) -> None:
    people = (
        person("0812-0000-0001"),
        person("0812-0000-0002", place=NEXT),
        person("0812-0000-0003", "bpbd_duty", "33.17"),
    )
    await desk.office.brings(*people)
    groups = (Group("midwife", HOME), Group("midwife", NEXT), Group("bpbd_duty", HOME))
    alert = await desk.office.notifier.raise_alert("reply", {"text": "Tercatat."}, groups=groups)
    await desk.office.notifier.reach(alert, State.SENT, State.SENT, State.SENT)
    first = await desk.pool.fetchval("select min(seq) from delivery where alert = $1", alert.id)
    await desk.pool.execute(
        "update delivery set state = 5, reason = 'bad_number' where alert = $1 and seq = $2", alert.id, first
    )
    await desk.pool.execute("update delivery set state = 4 where alert = $1 and seq = $2", alert.id, first + 1)
    told = await desk.funnel(alert, role="bpbd_commander")
    assert (told.alert.template, told.alert.running, list(told.parts)) == ("reply", False, [])
    funnel = told.alert.funnel
    assert (funnel.audience, funnel.planned, funnel.sent, funnel.delivered, funnel.read, funnel.failed) == (
        3,
        3,
        2,
        1,
        1,
        1,
    )
    assert counts((await desk.funnel(alert, views.FUNNEL_BY_CHANNEL)).parts, "planned") == {"sms": 3}
    carrier = desk.office.notifier.settings.smpp.name
    assert counts((await desk.funnel(alert, views.FUNNEL_BY_CARRIER)).parts, "planned") == {carrier: 3}
    places = (await desk.funnel(alert, views.FUNNEL_BY_PLACE)).parts
    assert counts(places, "planned") == {HOME: 1, NEXT: 1, "33.17": 1}
    assert {part.key: part.name for part in places}["33.17"] == "Kabupaten Rembang"
    reasons = (await desk.funnel(alert, views.FUNNEL_BY_REASON)).parts
    assert {(part.key, part.name, part.funnel.failed) for part in reasons} == {
        ("bad_number", "nomor telepon tidak sah", 1), ("", "", 0)
    }  # fmt: skip


async def test_those_of_whom_no_phone_is_known_are_in_the_audience_and_failed(quiet: Desk) -> None:
    alert = await quiet.keep_alert(planned=3)
    await quiet.keep_delivery(alert, 6, 1, State.SENT)
    told = await quiet.funnel(alert, views.FUNNEL_BY_REASON)
    assert (told.alert.funnel.audience, told.alert.funnel.planned, told.alert.funnel.failed) == (3, 1, 2)
    assert counts(told.parts, "failed") == {"": 0, "no_address": 2}


async def test_who_acknowledged_is_counted_in_every_view(quiet: Desk) -> None:
    alert = await quiet.keep_alert(planned=2)
    for seq in (1, 2):
        await quiet.keep_delivery(alert, 6, seq, State.DELIVERED)
    await quiet.pool.execute(
        "insert into acknowledgement (id, version, alert, contact, subject, template, code, role, place, asked_at,"
        " expires_at, step, stands_for, open, at, via) select gen_random_uuid(), 1, alert, contact, alert, '', '',"
        " '', '', at, at, 0, '{}', false, case when seq = 1 then at end, 'word' from delivery"
    )
    for by in (views.FUNNEL_BY_UNSPECIFIED, views.FUNNEL_BY_CHANNEL, views.FUNNEL_BY_CARRIER, views.FUNNEL_BY_REASON):
        told = await quiet.funnel(alert, by)
        assert (told.alert.funnel.acknowledged, told.alert.funnel.delivered) == (1, 2)
        assert [part.funnel.acknowledged for part in told.parts] in ([], [1])
    assert [one.funnel.acknowledged for one in (await quiet.alerts(since=Timestamp(seconds=1))).alerts] == [1]


async def test_alerts_are_listed_the_newest_first_by_what_is_asked_for(quiet: Desk) -> None:
    def ago(minutes: int) -> datetime:
        return datetime.now(UTC) - timedelta(minutes=minutes)

    old, done, reply, planning = [
        await quiet.keep_alert(at=ago(40), lane=1, template="destana.incident"),
        await quiet.keep_alert(at=ago(30), lane=2),
        await quiet.keep_alert(at=ago(20), reply=uuid4()),
        await quiet.keep_alert(at=ago(10), lane=2, state="planning"),
    ]
    await quiet.keep_alert(at=LONG_AGO)
    await quiet.keep_delivery(old, 2, 1, State.WAITING, "throttled")
    await quiet.keep_delivery(done, 4, 1, State.DELIVERED)

    async def ids(**asked: Any) -> list[UUID]:
        return [UUID(one.alert_id) for one in (await quiet.alerts(**asked)).alerts]

    assert await ids() == [planning, done, old]
    assert await ids(replies=True) == [planning, reply, done, old]
    assert await ids(running=True) == [planning, old]
    assert await ids(lane=alert_pb2.LANE_URGENT) == [planning, done]
    assert await ids(template="destana.incident") == [old]
    assert await ids(state="planning") == [planning]
    since = Timestamp()
    since.FromDatetime(ago(35))
    assert await ids(since=since) == [planning, done]
    first = await quiet.alerts(page_size=2)
    second = await quiet.alerts(page_size=2, page_token=first.next_page_token)
    assert [one.alert_id for one in (*first.alerts, *second.alerts)] == [str(each) for each in (planning, done, old)]
    assert (second.next_page_token, second.alerts[0].funnel.waiting) == ("", 1)


async def test_what_waits_is_told_by_lane_and_queue_and_its_age_is_a_metric(quiet: Desk) -> None:
    old, newer = await quiet.keep_alert(), await quiet.keep_alert(at=LONG_AGO + timedelta(hours=1))
    await quiet.keep_alert(lane=2, state="planning", at=LONG_AGO + timedelta(hours=2))
    await quiet.pool.execute("update queue set tail = 100 where queue = 6")
    for seq, state in enumerate((State.PLANNED, State.SENDING, State.SENDING, State.UNCLEAR, State.SENT), start=101):
        await quiet.keep_delivery(newer, 6, seq, state)
    await quiet.keep_delivery(old, 6, 7, State.WAITING, "throttled")
    token = quiet.office.token("bpbd_commander")
    answer = await quiet.operations.GetBacklog(operations.GetBacklogRequest(), metadata=token)
    lanes = {lane.lane: lane for lane in answer.lanes}
    assert list(lanes) == [1, 2, 3]
    sms = next(one for one in lanes[3].queues if one.channel == channel_pb2.CHANNEL_SMS)
    assert (sms.waiting, sms.sending, sms.retrying) == (1, 2, 1)
    assert sms.oldest.ToDatetime(UTC) == lanes[3].oldest.ToDatetime(UTC) == LONG_AGO
    assert (lanes[2].planning, lanes[2].oldest.ToDatetime(UTC)) == (1, LONG_AGO + timedelta(hours=2))
    assert not lanes[1].HasField("oldest")

    now = datetime.now(UTC)
    await look(set(Row), Backlogs(quiet.pool), now)
    aged = {lane: REGISTRY.get_sample_value(OLDEST, {"lane": lane.word}) for lane in Row}
    assert aged[Row.ROUTINE] == LONG_AGO.timestamp()
    assert aged[Row.URGENT] == (LONG_AGO + timedelta(hours=2)).timestamp()
    assert aged[Row.LIFE_SAFETY] == now.timestamp()
    assert [one.queue for one in await Backlogs(quiet.pool).queues([6])] == [6]


async def test_carriers_are_told_as_their_processes_see_them(quiet: Desk) -> None:
    now = datetime.now(UTC)
    health = Health(
        "telko", Channel.SMS, up=False, since=LONG_AGO, at=now, reason="link_lost", window=10, used=2, failed=7
    )
    await CarrierHealth(quiet.pool, "a:1").write([health])
    answer = await quiet.operations.ListCarriers(
        operations.ListCarriersRequest(), metadata=quiet.office.token("bpbd_duty")
    )
    [one] = [carrier for carrier in answer.carriers if carrier.carrier == "telko"]
    assert (one.up, one.reason, one.window, one.window_used, one.failed) == (False, "link_lost", 10, 2, 7)
    assert (one.since.ToDatetime(UTC), one.HasField("rests_until")) == (LONG_AGO, False)


async def test_why_a_link_is_down_is_told_though_nobody_sends(desk: Desk) -> None:
    centre = desk.office.notifier.centre
    centre.bind_status = Status.INVALID_PASSWORD
    centre.drop()

    async def told() -> bool:
        request = operations.ListCarriersRequest()
        answer = await desk.operations.ListCarriers(request, metadata=desk.office.token())
        found = [(one.up, one.reason, one.last_error) for one in answer.carriers if one.carrier == "smpp"]
        return found == [(False, "wrong_password", "wrong_password (0x0000000e)")]

    await until(told, 40)


async def test_what_could_not_be_understood_is_listed_and_shown_only_on_demand_and_noted(desk: Desk) -> None:
    await desk.office.notifier.centre.bring(10, source_addr="BANK", short_message=b"rahasia Bu Sri")
    token = desk.office.token()
    listed = await desk.operations.ListQuarantine(operations.ListQuarantineRequest(), metadata=token)
    [record] = listed.records
    assert (record.reason, [(one.reason, one.count) for one in listed.counts]) == (
        "sender_is_no_phone",
        [("sender_is_no_phone", 1)],
    )
    assert record.size == len(b"rahasia Bu Sri")
    asked = operations.ShowQuarantinedRequest(record_id=record.record_id)
    hidden = await desk.operations.ShowQuarantined(asked, metadata=token)
    assert (hidden.record, hidden.content) == (record, b"")
    assert await desk.pool.fetchval("select count(*) from audit_read") == 0
    asked.reveal = True
    assert (await desk.operations.ShowQuarantined(asked, metadata=token)).content == b"rahasia Bu Sri"
    row = await desk.pool.fetchrow("select reader, what, about from audit_read")
    assert tuple(row) == (desk.office.caller, "quarantine.reveal", [UUID(record.record_id)])


async def test_the_quarantine_is_paged_and_filtered(quiet: Desk) -> None:
    mailroom = Mailroom(quiet.pool, VAULT, None, LONG_AGO)  # type: ignore[arg-type]
    for number, (carrier, reason) in enumerate(
        (("telko", "bad_header"), ("telko", "not_text"), ("meta", "not_json"))
    ):
        await mailroom.quarantine(Quarantined(carrier, reason, b"x"), LONG_AGO + timedelta(hours=number))

    async def reasons(**asked: Any) -> list[str]:
        request = operations.ListQuarantineRequest(**asked)
        return [
            one.reason
            for one in (await quiet.operations.ListQuarantine(request, metadata=quiet.office.token())).records
        ]

    assert await reasons() == ["not_json", "not_text", "bad_header"]
    assert await reasons(reason="not_") == ["not_json", "not_text"]
    assert await reasons(carrier="telko") == ["not_text", "bad_header"]
    since = Timestamp()
    since.FromDatetime(LONG_AGO + timedelta(hours=1))
    assert await reasons(since=since) == ["not_json", "not_text"]
    first = await quiet.operations.ListQuarantine(
        operations.ListQuarantineRequest(page_size=2), metadata=quiet.office.token()
    )
    assert await reasons(page_size=2, page_token=first.next_page_token) == ["bad_header"]


async def test_who_may_see_what(quiet: Desk) -> None:
    operator = {"operator"}
    methods: list[tuple[Any, Any, set[str]]] = [
        (quiet.views.ListAlerts, views.ListAlertsRequest(), WATCH),
        (quiet.views.GetFunnel, views.GetFunnelRequest(alert_id=NOBODY), WATCH),
        (quiet.operations.GetBacklog, operations.GetBacklogRequest(), WATCH),
        (quiet.operations.ListCarriers, operations.ListCarriersRequest(), WATCH),
        (quiet.operations.ListQuarantine, operations.ListQuarantineRequest(), operator),
        (quiet.operations.ShowQuarantined, operations.ShowQuarantinedRequest(record_id=NOBODY), operator),
    ]
    for method, request, allowed in methods:
        for role in sorted(EVERYBODY):
            said = await status(method(request, metadata=quiet.office.token(role)))
            assert (said is not grpc.StatusCode.PERMISSION_DENIED) == (role in allowed), (method, role)
        assert await status(method(request)) is grpc.StatusCode.UNAUTHENTICATED


async def test_wrong_questions_are_refused(quiet: Desk) -> None:
    wrong: list[tuple[Any, Any, grpc.StatusCode]] = [
        (quiet.views.ListAlerts, views.ListAlertsRequest(page_token="x"), grpc.StatusCode.INVALID_ARGUMENT),
        (
            quiet.views.ListAlerts,
            views.ListAlertsRequest(page_token=f"2026-01-01~{NOBODY}"),
            grpc.StatusCode.INVALID_ARGUMENT,
        ),
        (quiet.views.ListAlerts, views.ListAlertsRequest(state="jalan"), grpc.StatusCode.INVALID_ARGUMENT),
        (quiet.views.GetFunnel, views.GetFunnelRequest(alert_id="x"), grpc.StatusCode.INVALID_ARGUMENT),
        (quiet.views.GetFunnel, views.GetFunnelRequest(alert_id=NOBODY), grpc.StatusCode.NOT_FOUND),
        (
            quiet.operations.ListQuarantine,
            operations.ListQuarantineRequest(page_size=501),
            grpc.StatusCode.INVALID_ARGUMENT,
        ),
        (
            quiet.operations.ShowQuarantined,
            operations.ShowQuarantinedRequest(record_id=NOBODY),
            grpc.StatusCode.NOT_FOUND,
        ),
    ]
    for method, request, code in wrong:
        assert await status(method(request, metadata=quiet.office.token())) is code, request


async def status(call: Any) -> grpc.StatusCode:
    try:
        await call
    except grpc.aio.AioRpcError as refused:
        return refused.code()
    return grpc.StatusCode.OK
