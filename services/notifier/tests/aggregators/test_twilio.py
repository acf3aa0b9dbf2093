import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from notifier.adapters.twilio.client import TwilioCarrier
from notifier.adapters.twilio.errors import of_status
from notifier.adapters.twilio.testing import SID
from notifier.application.carrier_errors import (
    CarrierDown,
    ChannelStopped,
    RejectedForGood,
    Throttled,
    TryLater,
    Unreachable,
)
from notifier.application.outgoing import Accepted, Outgoing, PlainText, TemplateMessage
from notifier.domain.lane import Lane


def outgoing(text: str = "Awas banjir", **more) -> Outgoing:
    return Outgoing(uuid4(), "+628123456789", PlainText(text), **more)


async def test_the_form(api, twilio):
    assert await twilio.submit(outgoing(valid_for=timedelta(minutes=5))) == Accepted((f"SM{1:032x}",))
    [form] = api.forms
    assert form == {
        "To": "+628123456789",
        "From": "KENTONGAN",
        "Body": "Awas banjir",
        "ValidityPeriod": "300",
        "StatusCallback": f"{twilio.hook}#rc=5&rp=all",
    }


async def test_a_service_chooses_the_sender_and_without_a_webhook_nothing_is_called_back(api, book):
    settings = api.settings("from=&service=MG1")
    carrier = TwilioCarrier(settings, book)
    await carrier.start()
    await carrier.submit(outgoing(valid_for=timedelta(days=9)))
    await carrier.stop()
    assert api.forms == [
        {"To": "+628123456789", "Body": "Awas banjir", "MessagingServiceSid": "MG1", "ValidityPeriod": "36000"}
    ]


async def test_a_carrier_of_plain_letters_gets_them(api, book):
    carrier = TwilioCarrier(api.settings("unicode_supported=false"), book)
    await carrier.start()
    assert carrier.cost(outgoing("⚠ Awas: “banjir”")) == 1
    await carrier.submit(outgoing("⚠ Awas: “banjir”"))
    await carrier.stop()
    assert api.forms[0]["Body"] == '! Awas: "banjir"'


def test_cost_is_in_parts(twilio):
    assert twilio.cost(outgoing("x" * 160)) == 1
    assert twilio.cost(outgoing("x" * 161)) == 2
    assert twilio.cost(outgoing("⚠" * 71)) == 2
    for content in (PlainText(""), PlainText("⚠" * 671), TemplateMessage("a", "id")):
        with pytest.raises(RejectedForGood):
            twilio.cost(Outgoing(uuid4(), "+62", content))


CODES = [
    *((code, Throttled) for code in (20429, 14107, 21611, 30001, 30022)),
    *((code, TryLater) for code in (20500, 20503, 30017, 30410)),
    *((code, Unreachable) for code in (21211, 21614, 21610, 21612, 30003, 30004, 30005, 30006, 30008)),
    *((code, RejectedForGood) for code in (21408, 21602, 21603, 21606, 21617, 30007, 30034)),
    *((code, ChannelStopped) for code in (20003, 20005, 20404, 30002)),
]


@pytest.mark.parametrize(("code", "error"), CODES)
async def test_every_code_says_what_to_do(api, twilio, code, error):
    api.refusals = [(400, code)]
    with pytest.raises(error) as raised:
        await twilio.submit(outgoing())
    assert raised.value.code == str(code)
    assert raised.value.alarm == (error in {RejectedForGood, ChannelStopped})
    assert type(of_status(code, timedelta(seconds=5))) is error
    assert twilio.up == (error is not ChannelStopped)
    assert await twilio.submit(outgoing())
    assert twilio.up


@pytest.mark.parametrize(
    ("http", "raw", "error"),
    [
        (429, b"slow down", Throttled),
        (401, b"", ChannelStopped),
        (403, b"<html>", ChannelStopped),
        (500, b"<html>", TryLater),
        (503, b'{"code": "a"}', TryLater),
        (400, b"{}", RejectedForGood),
        (400, b'{"code": 987654}', RejectedForGood),
        (400, b'["code"]', RejectedForGood),
        (302, b"", RejectedForGood),
        (201, b"not json", TryLater),
        (201, b'{"sid": 5}', TryLater),
        (200, b"[" * 100_000, TryLater),
    ],
)
async def test_an_answer_without_a_code_that_is_known(api, twilio, http, raw, error):
    api.raw = http, raw
    with pytest.raises(error) as raised:
        await twilio.submit(outgoing())
    if isinstance(raised.value, TryLater):
        assert raised.value.ambiguous  # it may have been taken


async def test_how_long_to_wait(api, twilio):
    async def pause(told: str) -> timedelta:
        api.refusals, api.headers = [(429, 20429)], {"Retry-After": told} if told else {}
        with pytest.raises(Throttled) as raised:
            await twilio.submit(outgoing())
        return raised.value.retry_after

    assert await pause("42") == timedelta(seconds=42)
    for nonsense in ("", "0", "soon", "-1", "99999999999", "100000"):
        assert await pause(nonsense) == timedelta(seconds=5)


async def test_no_answer_and_a_lost_link_are_ambiguous(api, twilio):
    api.delay = 4
    with pytest.raises(TryLater) as raised:
        await twilio.submit(outgoing())
    assert (raised.value.ambiguous, raised.value.reason) == (True, "response_timeout")
    api.delay, api.hang_up = 0, True
    with pytest.raises(TryLater) as raised:
        await twilio.submit(outgoing())
    assert (raised.value.ambiguous, raised.value.reason) == (True, "link_lost")
    assert twilio.counters["error_link_lost"] == 1


async def test_nobody_there_is_carrier_down_until_somebody_is(api, twilio):
    await api.__aexit__()
    with pytest.raises(CarrierDown):
        await twilio.submit(outgoing())
    assert not twilio.up
    async with api:
        assert await twilio.submit(outgoing())
        assert twilio.up


async def test_a_wrong_token_stops_the_channel(api, book):
    carrier = TwilioCarrier(api.settings().__class__(**_with_token(api.settings(), "salah")), book)
    await carrier.start()
    with pytest.raises(ChannelStopped) as raised:
        await carrier.submit(outgoing())
    assert (raised.value.reason, carrier.up) == ("authentication_failed", False)
    assert SID not in str(raised.value)
    await carrier.stop()


def _with_token(settings, token):
    return {name: getattr(settings, name) for name in settings.__dataclass_fields__} | {"password": token}


async def test_routine_leaves_slots_to_the_others_and_no_more_than_the_window_is_asked(api, book):
    api.delay = 0.3
    carrier = TwilioCarrier(api.settings("window=3&reserve=1"), book)
    await carrier.start()
    routine = [asyncio.create_task(carrier.submit(outgoing("Halo", lane=Lane.ROUTINE))) for _ in range(6)]
    await asyncio.sleep(0.1)
    urgent = asyncio.create_task(carrier.submit(outgoing("Awas", lane=Lane.LIFE_SAFETY)))
    await asyncio.gather(urgent, *routine)
    assert [form["Body"] for form in api.forms][:3] == ["Halo", "Halo", "Awas"]
    await carrier.stop()


async def test_stopping_waits_for_what_is_being_sent(api, twilio):
    api.delay = 0.2
    call = asyncio.create_task(twilio.submit(outgoing()))
    await asyncio.sleep(0.05)
    await twilio.stop()
    assert call.done()
    assert (await call).carrier_message_ids
