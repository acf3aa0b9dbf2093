"""Several carriers side by side: each with its own number, faults and debts; what they did to a message is told."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from handset.aggregators.twilio import sign
from handset.client import Handset, RefusedError
from handset.process import HandsetProcess
from handset.testing import DEFAULT_TOKEN, Esme, Graph

SRI = "6281200000001"
SID = "AC00000000000000000000000000000001"
LOGIN = {"username": "kentongan", "password": "secret", "to": f"+{SRI}"}


class Service:
    """Takes callbacks; refuses as many as it is told to first."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, str], str]] = []  # path, parameters, signature
        self.refuse = 0
        self.base = ""
        self.came = asyncio.Event()

    async def take(self, request: web.Request) -> web.Response:
        if self.refuse:
            self.refuse -= 1
            return web.Response(status=503)
        told = dict(await request.post()) or dict(request.query)
        self.came.set()
        self.calls.append((request.path, told, request.headers.get("X-Twilio-Signature", "")))
        return web.Response()

    async def wait(self, count: int) -> list[dict[str, str]]:
        async with asyncio.timeout(10):
            while len(self.calls) < count:
                self.came.clear()
                await self.came.wait()
        return [told for _, told, _ in self.calls]


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    service = Service()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", service.take)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    service.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield service
    await runner.cleanup()


@pytest.fixture
async def handset(start: Callable[..., Awaitable[HandsetProcess]], service: Service) -> HandsetProcess:
    get_url = f"{service.base}/mo?id=%I&from=%p&to=%P&text=%b&coding=%c&charset=%C"
    more = {"twilio-inbound-url": f"{service.base}/in", "kannel-get-url": get_url, "smpp2": "127.0.0.1:0"}
    return await start(**more)


@pytest.fixture
async def post(handset: HandsetProcess) -> AsyncIterator[Callable[..., Awaitable[tuple[int, Any]]]]:
    async with aiohttp.ClientSession() as session:

        async def post(token: str = DEFAULT_TOKEN, sid: str = SID, **form: str) -> tuple[int, Any]:
            url = f"http://127.0.0.1:{handset.http_port}/2010-04-01/Accounts/{sid}/Messages.json"
            headers = {"Authorization": aiohttp.encode_basic_auth(sid, token)}
            async with session.post(url, data=form, headers=headers) as answer:
                return answer.status, await answer.json()

        yield post


@pytest.fixture
async def sendsms(handset: HandsetProcess) -> AsyncIterator[Callable[..., Awaitable[tuple[int, str]]]]:
    async with aiohttp.ClientSession() as session:

        async def sendsms(**query: str) -> tuple[int, str]:
            url = f"http://127.0.0.1:{handset.http_port}/cgi-bin/sendsms"
            async with session.get(url, params=query) as answer:
                return answer.status, await answer.text()

        yield sendsms


async def story(phones: Handset, *whats: str) -> list[dict[str, Any]]:
    """Wait until the newest message's moments are these."""
    async with asyncio.timeout(10):
        while True:
            messages = await phones.messages(SRI)
            events = messages[-1]["events"] if messages else []
            if [event["what"] for event in events] == list(whats):
                return events
            await asyncio.sleep(0.02)


async def test_twilio_takes_shows_and_tells_signed(phones: Handset, post: Any, service: Service) -> None:
    service.refuse = 1
    hook = f"{service.base}/status"
    status, body = await post(To=f"+{SRI}", From="BPBD", Body="Awas ⚠", StatusCallback=f"{hook}#rc=5")
    assert (status, body["status"], body["num_segments"], body["sid"][:2]) == (201, "queued", "1", "SM")
    [shown] = await phones.messages(SRI)
    assert (shown["text"], shown["sender"], shown["encoding"], shown["carrier"]) == (
        "Awas ⚠",
        "BPBD",
        "UCS-2",
        "twilio",
    )
    told = await service.wait(2)
    assert [one["MessageStatus"] for one in told] == ["sent", "delivered"]
    assert {one["MessageSid"] for one in told} == {body["sid"]}
    assert all(signature == sign("token", hook, form) for _, form, signature in service.calls)
    events = await story(phones, "submitted", "accepted", "delivered", "told", "told")
    assert [event["note"] for event in events[-2:]] == ["sent", "delivered"]


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"token": "salah"}, (401, 20003)),
        ({"To": "abc"}, (400, 21211)),
        ({"To": f"whatsapp:+{SRI}"}, (400, 21211)),
        ({"From": ""}, (400, 21603)),
        ({"Body": ""}, (400, 21602)),
        ({"Body": "x" * 1601}, (400, 21617)),
    ],
)
async def test_twilio_refuses_as_twilio_does(post: Any, form: dict[str, str], code: tuple[int, int]) -> None:
    status, body = await post(**{"To": f"+{SRI}", "From": "BPBD", "Body": "a", **form})
    assert (status, body["code"]) == code


async def test_kannel_takes_shows_and_reports(phones: Handset, sendsms: Any, service: Service) -> None:
    report = f"{service.base}/dlr?id=7&state=%d&said=%A"
    told = {**LOGIN, "from": "BPBD", "text": "x" * 161, "dlr-mask": "31", "dlr-url": report}
    assert await sendsms(**told) == (202, "0: Accepted for delivery")
    [shown] = await phones.messages(SRI)
    assert (shown["parts"], shown["sender"], shown["carrier"]) == (2, "BPBD", "kannel")
    reports = await service.wait(2)
    assert [(one["id"], one["state"]) for one in reports] == [("7", "8"), ("7", "1")]
    await story(phones, "submitted", "accepted", "delivered", "told", "told")
    assert await sendsms(**LOGIN | {"password": "x"}) == (403, "Authorization failed for sendsms")
    assert (await sendsms(**LOGIN | {"to": ""}))[0] == 400


async def test_what_a_person_types_goes_to_the_number_of_a_carrier(
    handset: HandsetProcess, phones: Handset, service: Service
) -> None:
    await phones.say(SRI, "TERIMA & é", carrier="twilio")
    [typed] = await service.wait(1)
    assert (typed["From"], typed["Body"], typed["MessageSid"][:2]) == (f"+{SRI}", "TERIMA & é", "SM")
    assert service.calls[0][2] == sign("token", f"{service.base}/in", typed)
    await phones.say(SRI, "SIAP é %I %b", carrier="kannel")
    typed = (await service.wait(2))[1]
    assert (typed["from"], typed["text"], typed["charset"]) == (f"+{SRI}", "SIAP é %I %b", "UTF-8")
    second = await Esme.connect(handset.smpp2_port)
    assert await second.bind(system_id="kentongan2") == 0
    await phones.say(SRI, "ke dua", carrier="sms2")
    assert (await second.delivered())["message"] == b"ke dua"
    await story(phones, "typed", "taken")
    second.close()


async def test_a_carrier_that_nobody_answers_for_is_refused(start: Any) -> None:
    process = await start()
    async with Handset(f"http://127.0.0.1:{process.http_port}") as phones:
        for carrier, word in (("twilio", "twilio_inbound_url"), ("kannel", "kannel_get_url"), ("sms2", "sms2")):
            with pytest.raises(RefusedError, match=word):
                await phones.say(SRI, "halo", carrier=carrier)
        with pytest.raises(RefusedError, match="carrier is one of"):
            await phones.say(SRI, "halo", carrier="merpati")
        with pytest.raises(RefusedError, match="carrier is one of"):
            await phones.drop("merpati")
        assert [one["id"] for one in (await phones.carriers())["carriers"] if one["inbound"]] == ["sms"]


async def test_each_carrier_has_faults_of_its_own(
    handset: HandsetProcess, phones: Handset, esme: Esme, post: Any, sendsms: Any
) -> None:
    second = await Esme.connect(handset.smpp2_port)
    await second.bind(system_id="kentongan2")
    form = {"To": f"+{SRI}", "From": "BPBD", "Body": "Awas"}
    await phones.faults(sms={"throttle": 1}, twilio={"throttle": 1}, kannel={"reject": 1})
    assert (await second.submit(SRI, b"a"))[0] == 0
    assert (await esme.submit(SRI, b"a"))[0] == 0x58
    assert (await post(**form))[1]["code"] == 20429
    assert (await sendsms(**LOGIN, text="a"))[0] == 503
    assert [(await post(**form))[0], (await sendsms(**LOGIN, text="a"))[0]] == [201, 202]
    await phones.drop("sms2", seconds=60)
    await phones.drop("twilio", seconds=60)
    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await second.next()
    with pytest.raises(aiohttp.ClientError):
        await post(**form)
    assert (await esme.submit(SRI, b"a"))[0] == 0
    assert (await sendsms(**LOGIN, text="a"))[0] == 202
    carriers = await phones.carriers()
    assert (len(carriers["smpp"]), len(carriers["smpp2"])) == (1, 0)
    await phones.clear_faults()
    assert (await post(**form))[0] == 201


async def test_slow_late_and_lost(phones: Handset, post: Any, sendsms: Any, service: Service) -> None:
    await phones.faults(kannel={"slow": 0.3}, twilio={"late": 0.3, "lose_receipts": True})
    begun = asyncio.get_running_loop().time()
    await sendsms(**LOGIN, text="pelan")
    assert asyncio.get_running_loop().time() - begun >= 0.3
    answer = asyncio.ensure_future(post(To=f"+{SRI}", From="X", Body="lambat", StatusCallback=service.base))
    await phones.expect(SRI, "lambat", timeout=5)
    await answer
    events = await story(phones, "submitted", "delivered", "lost", "lost", "accepted")
    assert events[-1]["at"] - events[0]["at"] >= 0.3
    assert service.calls == []


async def test_what_was_taken_may_never_arrive(
    handset: HandsetProcess, phones: Handset, esme: Esme, post: Any, sendsms: Any, service: Service, receiver: Any
) -> None:
    """A phone that is switched off: the carrier says yes, and later that it failed."""
    broken = {"undeliverable": 1}
    await phones.faults(sms=broken, twilio=broken, kannel=broken, whatsapp=broken)
    assert (await esme.submit(SRI, b"Awas", receipt=1))[0] == 0
    assert b"stat:UNDELIV" in (await esme.delivered())["message"]
    status, body = await post(To=f"+{SRI}", From="BPBD", Body="Awas", StatusCallback=f"{service.base}/status")
    [told] = await service.wait(1)
    assert (status, told["MessageSid"]) == (201, body["sid"])
    assert (told["MessageStatus"], told["ErrorCode"]) == ("undelivered", "30003")
    report = {"dlr-mask": "31", "dlr-url": f"{service.base}/dlr?state=%d"}
    assert (await sendsms(**LOGIN, text="Awas", **report))[0] == 202
    assert [one.get("state") for one in (await service.wait(3))[1:]] == ["8", "2"]
    async with aiohttp.ClientSession() as session:
        graph = Graph(session, f"http://127.0.0.1:{handset.http_port}")
        assert (await graph.send(SRI, "template", {"name": "any", "language": {"code": "id"}}))[0] == 200
    failed = (await receiver.wait(1))[0]["statuses"][0]
    assert (failed["status"], failed["errors"][0]["code"]) == ("failed", 131026)
    assert await phones.messages(SRI) == []
    refused = await phones.refused(SRI)
    assert [(one["carrier"], one["why"]) for one in refused] == [
        ("sms", "undeliverable"),
        ("twilio", "undeliverable"),
        ("kannel", "undeliverable"),
        ("whatsapp", "undeliverable"),
    ]
    assert (await esme.submit(SRI, b"Awas", receipt=1))[0] == 0
    assert b"stat:DELIVRD" in (await esme.delivered())["message"]


async def test_what_was_refused_is_shown_until_a_message_comes_another_way(
    phones: Handset, esme: Esme, post: Any
) -> None:
    await phones.faults(sms={"throttle": 2})
    for _ in range(2):
        await esme.submit(SRI, b"Awas banjir")
    [refused] = await phones.refused(SRI)
    assert (refused["carrier"], refused["why"], refused["text"], refused["count"]) == (
        "sms",
        "throttle",
        "Awas banjir",
        2,
    )
    await post(To=f"+{SRI}", From="BPBD", Body="Awas banjir")
    assert await phones.refused(SRI) == []
    events = await story(phones, "refused", "submitted", "accepted", "delivered")
    assert (events[0]["carrier"], events[0]["note"]) == ("sms", "throttle 2x")


async def test_parts_have_their_times_and_reading_is_told(phones: Handset, esme: Esme) -> None:
    await esme.submit(SRI, b"\x05\0\x03\x07\x02\x02dua", esm=0x40)
    await esme.submit(SRI, b"\x05\0\x03\x07\x02\x01satu ", esm=0x40, receipt=1)
    await phones.look(SRI)
    whats = ("submitted", "accepted", "part", "part", "delivered", "read")
    events = await story(phones, *whats)
    assert [event["note"] for event in events[2:4]] == ["2/2", "1/2"]
    assert events[0]["at"] == events[2]["at"] <= events[3]["at"] <= events[4]["at"]
    await esme.delivered()
    await story(phones, *whats, "told")


async def test_debts_and_stories_survive_a_restart(tmp_path: Any, start: Any, service: Service) -> None:
    state = {"state": str(tmp_path / "state"), "twilio-inbound-url": f"{service.base}/in"}
    service.refuse = 1_000_000
    first = await start(**state)
    async with Handset(f"http://127.0.0.1:{first.http_port}") as phones:
        await phones.say(SRI, "belum diambil", carrier="twilio")
        await asyncio.sleep(0.1)
    await first.stop()
    service.refuse = 0
    second = await start(**state)
    [typed] = await service.wait(1)
    assert typed["Body"] == "belum diambil"
    async with Handset(f"http://127.0.0.1:{second.http_port}") as phones:
        await story(phones, "typed", "taken")
        assert (await phones.messages(SRI))[0]["carrier"] == "twilio"


async def test_the_stream_tells_each_moment(handset: HandsetProcess, phones: Handset) -> None:
    url = f"http://127.0.0.1:{handset.http_port}/api/stream"
    async with aiohttp.ClientSession() as session, session.get(url) as stream:
        await phones.say(SRI, "Halo", carrier="twilio")
        kinds = []
        async with asyncio.timeout(5):
            while "event" not in kinds:
                line = (await stream.content.readline()).decode()
                if line.startswith("event: "):
                    kinds.append(line[7:].strip())
    assert kinds == ["hello", "message", "event"]
