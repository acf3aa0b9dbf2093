"""Whoever has a district sees what is told there, and nothing of another; whoever has the region sees all."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from chassis.auth.grants import Grant
from chassis.testing.until import until
from kentongan.notifier.v1 import alert_pb2
from kentongan.notifier.v1 import alert_progress_pb2 as progress
from kentongan.notifier.v1 import alert_service_pb2 as alerts
from kentongan.notifier.v1 import alert_views_pb2 as views
from kentongan.notifier.v1 import contacts_service_pb2 as contacts
from kentongan.notifier.v1.alert_progress_pb2_grpc import AlertProgressServiceStub
from kentongan.notifier.v1.alert_views_pb2_grpc import AlertViewServiceStub
from notifier.entrypoints import watching

pytestmark = pytest.mark.integration
HERE, VILLAGE, ELSEWHERE, REGION = "33.17.12", "33.17.12.2002", "33.17.09.2004", "33.17"
SEEN, UNSEEN = ("here", "across"), ("elsewhere", "everywhere", "one person", "hospital")
Call = Callable[[str, Any], Awaitable[Any]]


class Seen:
    """Alerts of every kind, and all that may be asked of one."""

    def __init__(self, office: Any) -> None:
        self.office, self.ids = office, dict[str, str]()
        self.views, self.progress = AlertViewServiceStub(office.channel), AlertProgressServiceStub(office.channel)

    async def raised(self) -> None:
        places = {"here": (VILLAGE,), "across": (VILLAGE, ELSEWHERE), "elsewhere": (ELSEWHERE,),
                  "everywhere": (REGION,), "hospital": ("RS-SOETRASNO",)}  # fmt: skip
        await self.office.brings(
            *(contacts.ContactRow(phone=f"0812-0000-00{n:02}", name="Bu Sri", role="midwife", place=place)
              for n, place in enumerate((VILLAGE, ELSEWHERE, "RS-SOETRASNO"))),
        )  # fmt: skip
        one = (await self.office.finds("0812-0000-0000")).contact_id
        for name, where in places.items():
            self.ids[name] = await self.raises([alert_pb2.Group(role="midwife", place=p, reach=2) for p in where])
        self.ids["one person"] = await self.raises([], [one])

    async def raises(self, groups: list[Any], people: list[str] | None = None, *, asks: bool = False) -> str:
        request = alerts.RaiseAlertRequest(
            idempotency_key=str(uuid4()),
            template="reply",
            values={"text": "Air naik."},
            audience=alert_pb2.Audience(groups=groups, contact_ids=people or []),
            lane=alert_pb2.LANE_URGENT,
        )
        request.expires_at.GetCurrentTime()
        request.expires_at.seconds += 3600
        if asks:
            request.acknowledge_by.GetCurrentTime()
            request.acknowledge_by.seconds += 1800
        return str((await self.office.alerts.RaiseAlert(request, metadata=self.office.token())).alert_id)

    async def get(self, alert: str, token: Any) -> None:
        await self.office.alerts.GetAlert(alerts.GetAlertRequest(alert_id=alert), metadata=token)

    async def deliveries(self, alert: str, token: Any) -> None:
        await self.office.alerts.ListDeliveries(alerts.ListDeliveriesRequest(alert_id=alert), metadata=token)

    async def funnel(self, alert: str, token: Any) -> None:
        await self.views.GetFunnel(views.GetFunnelRequest(alert_id=alert), metadata=token)

    async def asked(self, alert: str, token: Any) -> None:
        await self.progress.ListAsked(progress.ListAskedRequest(alert_id=alert), metadata=token)

    async def times(self, alert: str, token: Any) -> None:
        await self.progress.GetAcknowledgementTimes(
            progress.GetAcknowledgementTimesRequest(alert_id=alert), metadata=token
        )

    async def watch(self, alert: str, token: Any) -> None:
        call = self.progress.WatchAlert(progress.WatchAlertRequest(alert_id=alert), metadata=token)
        await call.read()
        call.cancel()

    async def note(self, alert: str, token: Any, contact: str = "") -> None:
        request = progress.AcknowledgeForRequest(
            idempotency_key=str(uuid4()), alert_id=alert, contact_id=contact or str(uuid4())
        )
        await self.progress.AcknowledgeFor(request, metadata=token)

    async def listed(self, token: Any, size: int = 50) -> set[str]:
        names, page = {id_: name for name, id_ in self.ids.items()}, ""
        found: list[str] = []
        while not found or page:
            request = views.ListAlertsRequest(page_size=size, page_token=page)
            answer = await self.views.ListAlerts(request, metadata=token)
            found += [names[one.alert_id] for one in answer.alerts]
            page = answer.next_page_token
            if not answer.alerts:
                break
        assert len(found) == len(set(found))
        return set(found)


@pytest.fixture
async def seen(quiet_office: Any) -> Seen:
    made = Seen(quiet_office)
    await made.raised()
    return made


async def refusal(call: Awaitable[Any]) -> tuple[str, str, str]:
    """Code, field and reason; empty where it is answered."""
    try:
        await call
    except grpc.aio.AioRpcError as error:
        refused = error
    else:
        return "", "", ""
    bad = error_details_pb2.BadRequest()
    assert any(one.Unpack(bad) for one in rpc_status.from_call(refused).details)
    [violation] = bad.field_violations
    return refused.code().name, violation.field, violation.reason


OUTSIDE = ("INVALID_ARGUMENT", "alert_id", "outside_your_places")


async def test_who_has_a_district_sees_the_alerts_that_are_told_there(seen: Seen) -> None:
    calls: list[Call] = [seen.get, seen.deliveries, seen.funnel, seen.asked, seen.times, seen.watch]
    here, all_ = seen.office.token("operator", HERE), seen.office.token()
    for call in calls:
        for name, alert in seen.ids.items():
            assert await refusal(call(alert, here)) == (("", "", "") if name in SEEN else OUTSIDE), (call, name)
            assert await refusal(call(alert, all_)) == ("", "", "")
    for name, alert in seen.ids.items():
        noted = await refusal(seen.note(alert, here))
        assert (noted == OUTSIDE) == (name in UNSEEN), name
    assert (await refusal(seen.get(str(uuid4()), here)))[0] == "NOT_FOUND"


@pytest.mark.parametrize("role", ["operator", "bpbd_duty", "bpbd_commander"])
async def test_lists_hold_what_is_seen_page_by_page(seen: Seen, role: str) -> None:
    assert await seen.listed(seen.office.token(role, HERE), size=1) == set(SEEN)
    assert await seen.listed(seen.office.token(role, "33.17.12.2003")) == set()
    assert await seen.listed(seen.office.token(role)) == {*SEEN, *UNSEEN}
    assert await seen.listed(seen.office.token(role, "33.17.10")) == {"hospital"}  # a facility lies in its village


async def test_a_role_held_elsewhere_that_may_not_call_it_opens_nothing(seen: Seen) -> None:
    grants = [Grant("operator", HERE), Grant("midwife", REGION), Grant("bpbd_duty", REGION)]
    token = seen.office._signer.issue(uuid4(), grants, timedelta(minutes=5))
    both = [("authorization", f"Bearer {token}")]
    assert await refusal(seen.get(seen.ids["elsewhere"], both)) == ("", "", "")
    assert await refusal(seen.deliveries(seen.ids["elsewhere"], both)) == OUTSIDE  # only operators list people


async def test_times_are_those_of_the_alerts_that_are_seen(seen: Seen) -> None:
    for name, seconds in (("here", 10), ("elsewhere", 30)):
        await seen.office.notifier.process.pool.execute(
            "insert into acknowledgement(id, version, alert, contact, subject, template, code, role, place, asked_at,"
            " expires_at, at, via, step, stands_for, open) select gen_random_uuid(), 1, $1, gen_random_uuid(), $1,"
            " 'reply', '', '', '', was, was, was + $2::int * interval '1 s', 'code', 0, '{}', false"
            " from (select now() - interval '1 min') as moment(was)",
            seen.ids[name],
            seconds,
        )
    request = progress.GetAcknowledgementTimesRequest()
    for token, asked, longest in ((seen.office.token(), 2, 30), (seen.office.token(place=HERE), 1, 10)):
        [times] = (await seen.progress.GetAcknowledgementTimes(request, metadata=token)).times
        assert (times.asked, times.max.seconds) == (asked, longest)


async def test_of_a_flood_across_districts_each_names_its_own_people_and_counts_the_others(office: Any) -> None:
    seen = Seen(office)
    phones = {"0812-0000-0000": VILLAGE, "0812-0000-0001": ELSEWHERE, "0812-0000-0002": REGION}
    await office.brings(
        *(contacts.ContactRow(phone=phone, name="Bu Sri", role="midwife", place=at) for phone, at in phones.items())
    )
    own, other, above = [(await office.finds(phone)).contact_id for phone in phones]
    groups = [alert_pb2.Group(role="midwife", place=place, reach=1) for place in (VILLAGE, ELSEWHERE)]
    alert = await seen.raises(groups, asks=True)
    asked = progress.ListAskedRequest(alert_id=alert, page_size=1)
    everybody = {own, other, above}

    async def planned() -> bool:
        found = await seen.progress.ListAsked(progress.ListAskedRequest(alert_id=alert), metadata=office.token())
        return {one.contact_id for one in found.people} == everybody

    await until(planned, 40)
    for place, named, hidden in ((HERE, {own, above}, 1), (REGION, everybody, 0)):
        token = office.token(place=place)
        people, page = await seen.progress.ListAsked(asked, metadata=token), set[str]()
        assert people.hidden == hidden
        while people.people:
            page |= {one.contact_id for one in people.people}
            asked.page_token = people.next_page_token
            people = await seen.progress.ListAsked(asked, metadata=token)
        asked.page_token = ""
        assert page == named
        copies = await office.alerts.ListDeliveries(alerts.ListDeliveriesRequest(alert_id=alert), metadata=token)
        assert ({one.contact_id for one in copies.deliveries}, copies.hidden) == (named, hidden)
        call = seen.progress.WatchAlert(progress.WatchAlertRequest(alert_id=alert), metadata=token)
        told = await call.read()
        call.cancel()
        assert ({one.contact_id for one in told.people}, told.hidden, told.asked) == (named, hidden, 3)
        for who in everybody:
            noted = await refusal(seen.note(alert, token, who))
            assert noted[:2] == (("", "") if who in named else ("NOT_FOUND", "contact_id"))


async def test_who_loses_the_place_sees_no_more_and_a_running_watch_ends(
    seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "CHECKED", 0.2)
    office, phone = seen.office, "0812-0000-0077"
    await office.brings(contacts.ContactRow(phone=phone, name="Bu Ani", role="operator", place=HERE))
    office.caller = UUID((await office.finds(phone)).contact_id)
    token = office.token("operator", HERE)
    assert await refusal(seen.get(seen.ids["here"], token)) == ("", "", "")
    call = seen.progress.WatchAlert(progress.WatchAlertRequest(alert_id=seen.ids["here"]), metadata=token)
    await call.read()
    await office.notifier.process.pool.execute("update contact set held = '{}' where id = $1", office.caller)
    assert (await refusal(asyncio.wait_for(ended(call), 40)))[0] == "PERMISSION_DENIED"
    for one in (seen.get, seen.watch, seen.deliveries):
        assert (await refusal(one(seen.ids["here"], token)))[0] == "PERMISSION_DENIED"


async def ended(call: Any) -> None:
    while await call.read() is not grpc.aio.EOF:
        pass
