"""Who answered an alert, and who is silent: from the phone to the bus and to the operator."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import grpc
import pytest

from chassis.auth.grants import Grant
from chassis.auth.keys import new_signing_pair
from chassis.auth.tokens import Signer
from chassis.kernel.alert import Alert, Group, Lane
from chassis.settings import Address, GrpcSettings
from chassis.testing.until import until
from kentongan.notifier.v1 import alert_progress_pb2 as pb
from kentongan.notifier.v1 import delivery_pb2
from kentongan.notifier.v1.alert_progress_pb2_grpc import AlertProgressServiceStub
from notifier.config import GRPC, ROLES, WEBHOOK

pytestmark = pytest.mark.integration
DELIVERIES = "kentongan.notifier.delivery.v1"
OTHERS = frozenset(ROLES - {WEBHOOK})
DUTY = [(f"+62812000000{n}", "bpbd_duty", "33.17", "sms") for n in range(1, 4)]
CODE = "B2K7P"


class Desk:
    """An operator who looks at a running notifier."""

    def __init__(self, notifier: Any, signer: Signer, channel: grpc.aio.Channel) -> None:
        self.notifier, self._signer = notifier, signer
        self.operator = uuid4()
        self.progress = AlertProgressServiceStub(channel)

    def token(self, role: str = "operator") -> list[tuple[str, str]]:
        token = self._signer.issue(self.operator, [Grant(role, "33.17")], timedelta(minutes=5))
        return [("authorization", f"Bearer {token}")]

    async def asks(self, **more: Any) -> tuple[Alert, list[UUID]]:
        """An incident's alert to three duty officers, planned."""
        people = await self.notifier.people(*DUTY)
        given = {"groups": (Group("bpbd_duty", "33.17"),), "lane": Lane.LIFE_SAFETY, **more}
        given.setdefault("acknowledge_by", datetime.now(UTC) + timedelta(minutes=10))
        values = self.notifier.values("destana.incident", code=CODE)
        alert = await self.notifier.raise_alert("destana.incident", values, **given)

        async def planned() -> bool:
            return bool(await self.notifier.fetchval("select planned = 3 from alert where id = $1", alert.id))

        await until(planned, 40)
        return alert, people

    async def writes(self, number: int, text: str) -> None:
        source = DUTY[number][0].removeprefix("+")
        await self.notifier.centre.bring(30, source_addr=source, short_message=text.encode())

    async def listed(self, alert: Alert, standing: int = pb.STANDING_UNSPECIFIED) -> list[Any]:
        request = pb.ListAskedRequest(alert_id=str(alert.id), standing=standing)
        return list((await self.progress.ListAsked(request, metadata=self.token())).people)

    async def notes(self, alert: UUID, contact: UUID, key: str = "") -> Any:
        request = pb.AcknowledgeForRequest(
            idempotency_key=key or str(uuid4()), alert_id=str(alert), contact_id=str(contact)
        )
        return await self.progress.AcknowledgeFor(request, metadata=self.token())

    async def acknowledged(self, alert: Alert, count: int) -> list[Any]:
        """Wait for the facts on the bus."""
        found: list[Any] = []

        async def there() -> bool:
            facts = await self.notifier.read(DELIVERIES, delivery_pb2.DeliveryFact)
            found[:] = [
                fact.delivery_acknowledged
                for fact in facts
                if fact.alert_id == str(alert.id) and fact.HasField("delivery_acknowledged")
            ]
            return len(found) >= count

        await until(there, 40)
        assert len(found) == count
        return found


@pytest.fixture
async def desk(stopped: Any, servers: Any, tmp_path: Path) -> AsyncIterator[Desk]:
    async with opened(stopped, servers, tmp_path) as one:
        yield one


@asynccontextmanager
async def opened(stopped: Any, servers: Any, tmp_path: Path, apart: frozenset[str] = frozenset()) -> Any:
    """A notifier that serves gRPC; `apart`: the work of a process of its own, the one that is called."""
    pem, jwks = new_signing_pair()
    (tmp_path / "jwks.json").write_text(jwks)
    secrets = servers.secrets
    tls = GrpcSettings(
        Address("localhost", 0), secrets / "tls.crt", secrets / "tls.key", secrets / "ca.pem", tmp_path / "jwks.json"
    )
    clocks = {"notifier.second_channel": timedelta(hours=1)}  # this centre sends no receipts
    process = replace(stopped.settings.process, grpc=tls, clocks=clocks)
    if apart:
        await stopped.start(process=replace(process, grpc=stopped.settings.process.grpc), roles=OTHERS - apart)
    running = await stopped.start(process=process, roles=apart or OTHERS)
    await until(lambda: bool(stopped.centre.sockets))
    credentials = grpc.ssl_channel_credentials((secrets / "ca.pem").read_bytes())
    async with grpc.aio.secure_channel(f"localhost:{running.grpc_port}", credentials) as channel:
        yield Desk(stopped, Signer.from_pem(pem.encode()), channel)


async def refusal(call: Any) -> tuple[grpc.StatusCode, str]:
    try:
        await call
    except grpc.aio.AioRpcError as refused:
        return refused.code(), str(refused.details())
    return grpc.StatusCode.OK, ""


async def test_answers_from_phones_and_by_the_operator_are_known_told_once_and_measured(desk: Desk) -> None:
    alert, people = await desk.asks()
    await desk.writes(0, "SIAP B2K7P")
    await desk.writes(0, "SIAP B2K7P")
    await desk.writes(1, "siap")
    key = str(uuid4())
    first, again = [await desk.notes(alert.id, people[2], key) for _ in range(2)]
    assert first == again == await desk.notes(alert.id, people[2])
    facts = await desk.acknowledged(alert, 3)
    via = {fact.contact_id: fact.via for fact in facts}
    assert via == {
        str(people[0]): delivery_pb2.ACKNOWLEDGED_VIA_CODE,
        str(people[1]): delivery_pb2.ACKNOWLEDGED_VIA_WORD,
        str(people[2]): delivery_pb2.ACKNOWLEDGED_VIA_OPERATOR,
    }
    assert all(fact.waited.ToTimedelta() > timedelta(0) for fact in facts)
    assert await desk.listed(alert, pb.STANDING_SILENT) == []
    answered = await desk.listed(alert, pb.STANDING_ACKNOWLEDGED)
    assert {one.contact_id: one.via for one in answered} == via
    assert {(one.grant.role, one.grant.place) for one in answered} == {("bpbd_duty", "33.17")}
    noted = await desk.notifier.fetchval("select noted_by from acknowledgement where contact = $1", people[2])
    assert noted == desk.operator

    for request in (
        pb.GetAcknowledgementTimesRequest(alert_id=str(alert.id)),
        pb.GetAcknowledgementTimesRequest(template="destana.incident"),
        pb.GetAcknowledgementTimesRequest(),
    ):
        [times] = (await desk.progress.GetAcknowledgementTimes(request, metadata=desk.token())).times
        assert (times.template, times.asked, times.acknowledged) == ("destana.incident", 3, 3)
        lengths = [length.ToTimedelta() for length in (times.p50, times.p90, times.p95, times.max)]
        assert timedelta(0) < lengths[0] <= lengths[1] <= lengths[2] <= lengths[3] < timedelta(minutes=2)


async def test_who_is_silent_is_listed_page_by_page(desk: Desk) -> None:
    alert, people = await desk.asks()
    await desk.writes(1, "SIAP B2K7P")
    silent, page = [], ""
    for _ in range(2):
        request = pb.ListAskedRequest(
            alert_id=str(alert.id), standing=pb.STANDING_SILENT, page_size=1, page_token=page
        )
        answer = await desk.progress.ListAsked(request, metadata=desk.token("bpbd_commander"))
        silent += [one.contact_id for one in answer.people]
        page = answer.next_page_token
    assert sorted(silent) == sorted([str(people[0]), str(people[2])])


async def test_what_cannot_be_acknowledged_is_refused_naming_the_field(desk: Desk) -> None:
    alert, people = await desk.asks()
    stranger, unknown = uuid4(), uuid4()
    assert (await refusal(desk.notes(unknown, people[0])))[0] is grpc.StatusCode.NOT_FOUND
    assert "orang ini" in (await refusal(desk.notes(alert.id, stranger)))[1]
    plain = await desk.notifier.raise_alert("reply", {"text": "Halo."}, contacts=(people[0],))
    await until(lambda: _known(desk, plain), 40)
    assert (await refusal(desk.notes(plain.id, people[0])))[0] is grpc.StatusCode.FAILED_PRECONDITION
    token = desk.token()
    listing = pb.ListAskedRequest(alert_id=str(unknown))
    assert (await refusal(desk.progress.ListAsked(listing, metadata=token)))[0] is grpc.StatusCode.NOT_FOUND
    period = pb.GetAcknowledgementTimesRequest()
    getattr(period, "from").FromDatetime(datetime(2026, 3, 2, tzinfo=UTC))
    period.until.FromDatetime(datetime(2026, 3, 1, tzinfo=UTC))
    call = desk.progress.GetAcknowledgementTimes(period, metadata=token)
    assert (await refusal(call))[0] is grpc.StatusCode.INVALID_ARGUMENT
    midwife = desk.token("midwife")
    noting = pb.AcknowledgeForRequest(idempotency_key="12345678", alert_id=str(alert.id), contact_id=str(people[0]))
    for call in (
        desk.progress.ListAsked(listing, metadata=midwife),
        desk.progress.AcknowledgeFor(noting, metadata=desk.token("bpbd_commander")),
        desk.progress.GetAcknowledgementTimes(period, metadata=midwife),
    ):
        assert (await refusal(call))[0] is grpc.StatusCode.PERMISSION_DENIED


async def _known(desk: Desk, alert: Alert) -> bool:
    return bool(await desk.notifier.fetchval("select exists(select 1 from alert where id = $1)", alert.id))


async def test_watching_tells_a_snapshot_then_changes_until_the_watcher_goes(desk: Desk) -> None:
    alert, people = await desk.asks()
    watching = desk.progress.WatchAlert(pb.WatchAlertRequest(alert_id=str(alert.id)), metadata=desk.token())
    async with asyncio.timeout(60):
        first = await watching.read()
        assert (first.snapshot, first.asked, len(first.people)) == (True, 3, 3)
        await desk.writes(0, "SIAP B2K7P")
        seen = await watching.read()
        while seen.acknowledged == 0:  # deliveries are sent meanwhile, which is told too
            assert not seen.snapshot
            seen = await watching.read()
        assert [one.contact_id for one in seen.people if one.HasField("acknowledged_at")] == [str(people[0])]
    watching.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await watching.read()
    unknown = desk.progress.WatchAlert(pb.WatchAlertRequest(alert_id=str(uuid4())), metadata=desk.token())
    assert (await refusal(unknown.read()))[0] is grpc.StatusCode.NOT_FOUND


async def told(watching: Any, acknowledged: int) -> Any:
    """Read until so many have answered."""
    async with asyncio.timeout(60):
        while (seen := await watching.read()).acknowledged < acknowledged:
            pass
    return seen


@pytest.mark.parametrize("apart", [frozenset(), frozenset({GRPC})], ids=["together", "apart"])
async def test_whoever_watches_is_told_at_once_in_whatever_process_it_happens(
    stopped: Any, servers: Any, tmp_path: Path, apart: frozenset[str]
) -> None:
    async with opened(stopped, servers, tmp_path, apart) as desk:
        await watched(desk)
    await until(lambda: not [one for one in asyncio.all_tasks() if "SharedLook._keep_looking" in repr(one)])


async def watched(desk: Desk) -> None:
    alert, people = await desk.asks()
    asked = pb.WatchAlertRequest(alert_id=str(alert.id))
    everybody = [desk.progress.WatchAlert(asked, metadata=desk.token()) for _ in range(5)]
    for watching in everybody:
        await told(watching, 0)
    await asyncio.sleep(1)  # until what was sent is told as well
    began = time.monotonic()
    for number in range(len(people)):
        await desk.writes(number, "SIAP B2K7P")
        for watching in everybody:
            assert (await told(watching, number + 1)).acknowledged == number + 1
    assert time.monotonic() - began < 9, "it was found by looks that nobody woke: they are 5 s apart"
    for watching in everybody:
        watching.cancel()
