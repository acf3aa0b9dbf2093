import asyncio
import json
import os
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest
from rigs.book import listen

from notifier.adapters.twilio.client import TwilioCarrier
from notifier.adapters.twilio.webhook import SIGNATURE, signature_of
from notifier.application.carrier_errors import RejectedForGood, Throttled, Unreachable
from notifier.application.incoming import ReceiptState

DATA = Path(os.environ.get("KENTONGAN_TEST_DATA", Path(__file__).parents[4].parent / "shared" / "data"))
SPEC = DATA / "specs" / "twilio" / "twilio_api_v2010_messages.openapi.json"
PHONE = "+6281200000001"
SAID = {"From": PHONE, "To": "+15005550006", "Body": "STATUS M7K2P", "MessageSid": "SM1", "NumMedia": "0"}


def test_the_signature_is_the_one_of_twilios_documentation():
    """Security, "Validating signatures from Twilio": its own example."""
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    told = {"CallSid": "CA1234567890ABCDE", "Caller": "+14158675309", "Digits": "1234"}
    told |= {"From": "+14158675309", "To": "+18005551212"}
    assert signature_of("12345", url, told.items()) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("queued", ReceiptState.SENT),
        ("sent", ReceiptState.SENT),
        ("delivered", ReceiptState.DELIVERED),
        ("read", ReceiptState.READ),
        ("undelivered", ReceiptState.FAILED),
        ("failed", ReceiptState.FAILED),
        ("partially_delivered", ReceiptState.UNKNOWN),
        ("tomorrow", ReceiptState.UNKNOWN),
    ],
)
async def test_a_status_is_a_receipt(api, twilio, book, status, state):
    assert await api.call_back(twilio.hook, MessageSid="SM1", MessageStatus=status, To=PHONE, From="X") == 200
    [receipt] = book.receipts
    assert (receipt.carrier, receipt.candidates, receipt.state) == ("twilio", ("SM1",), state)
    assert receipt.recipient == PHONE
    assert (receipt.failure is not None) == (state is ReceiptState.FAILED)


@pytest.mark.parametrize(
    ("code", "error"),
    [("30003", Unreachable), ("30007", RejectedForGood), ("30001", Throttled), ("", Unreachable), ("x", Unreachable)],
)
async def test_a_failure_says_what_to_do(api, twilio, book, code, error):
    told = {"MessageSid": "SM1", "MessageStatus": "undelivered", "To": PHONE, "ErrorCode": code}
    assert await api.call_back(twilio.hook, **told) == 200
    assert type(book.receipts[0].failure) is error


@pytest.mark.skipif(not SPEC.exists(), reason=f"no description at {SPEC}: set KENTONGAN_TEST_DATA")
async def test_every_status_of_the_official_description_is_understood(api, twilio, book):
    told = json.loads(SPEC.read_text())["components"]["schemas"]["message_enum_status"]["enum"]
    for status in set(told) - {"receiving", "received"}:
        assert await api.call_back(twilio.hook, MessageSid=status, MessageStatus=status) == 200
    unknown = {one.candidates[0] for one in book.receipts if one.state is ReceiptState.UNKNOWN}
    assert unknown == {"partially_delivered"}


async def test_what_a_person_writes_and_its_repeat_look_alike(api, twilio, book):
    assert await api.call_back(twilio.hook, **SAID, SmsStatus="received") == 200
    assert await api.call_back(twilio.hook, **SAID, SmsStatus="received") == 200
    assert await api.call_back(twilio.hook, **{**SAID, "MessageSid": "SM2"}) == 200
    first, repeat, other = book.messages
    assert (first.source, first.destination, first.text) == (PHONE, "+15005550006", "STATUS M7K2P")
    assert first == repeat
    assert first.may_repeat
    assert other.fingerprint != first.fingerprint


async def test_letters_of_all_kinds_are_signed_and_read(api, twilio, book):
    assert await api.call_back(twilio.hook, **{**SAID, "Body": "Banjir ⚠ é + & =\n😀\0"}) == 200
    assert book.messages[0].text == "Banjir ⚠ é + & =\n😀"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"From": PHONE, "Body": "x"}, "message_without_id"),
        ({"MessageSid": "SM1", "From": PHONE}, "not_sms"),
        ({"MessageSid": "SM1", "Body": "x"}, "not_sms"),
        ({**SAID, "From": f"whatsapp:{PHONE}"}, "not_sms"),
        ({**SAID, "Body": "", "NumMedia": "1"}, "media_without_words"),
    ],
)
async def test_what_is_no_sms_is_put_aside_and_answered(api, twilio, book, said, reason):
    assert await api.call_back(twilio.hook, **said) == 200
    assert [one.reason for one in book.spoiled] == [reason]
    assert book.messages == []


async def test_only_what_the_token_signed_is_believed(twilio, book):
    signed = signature_of("rahasia", twilio.hook, SAID.items())
    wrong = [
        {},
        {SIGNATURE: ""},
        {SIGNATURE: "é"},
        {SIGNATURE: signature_of("salah", twilio.hook, SAID.items())},
        {SIGNATURE: signature_of("rahasia", twilio.hook + "/", SAID.items())},
        {SIGNATURE: signature_of("rahasia", twilio.hook, [("Body", "lain")])},
    ]
    async with aiohttp.ClientSession() as session:
        for headers in wrong:
            async with session.post(twilio.hook, data=SAID, headers=headers) as answer:
                assert answer.status == 403
        async with session.post(twilio.hook + "?a=1", data=SAID, headers={SIGNATURE: signed}) as answer:
            assert answer.status == 403  # the query is signed too
        async with session.post(twilio.hook, data=b"\xff\xfe", headers={SIGNATURE: signed}) as answer:
            assert answer.status == 403
        async with session.post(twilio.hook, data=SAID, headers={SIGNATURE: signed}) as answer:
            assert (answer.status, await answer.text()) == (200, "<Response/>")
    assert len(book.messages) == 1
    assert twilio.counters["wrong_signature"] == 7


async def test_the_overrides_after_the_address_may_be_signed_or_not(twilio, book):
    for url in (twilio.hook, f"{twilio.hook}#rc=5&rp=all"):
        signed = {SIGNATURE: signature_of("rahasia", url, SAID.items())}
        async with aiohttp.ClientSession() as session, session.post(url, data=SAID, headers=signed) as answer:
            assert answer.status == 200
    assert len(book.messages) == 2


async def test_a_huge_body_is_refused(twilio):
    async with aiohttp.ClientSession() as session, session.post(twilio.hook, data=b"x" * (3 << 20)) as answer:
        assert answer.status == 413


async def test_not_kept_is_not_answered_with_yes(api, twilio, book):
    book.broken = True
    assert await api.call_back(twilio.hook, **SAID) == 503
    book.broken = False
    book.gate.clear()  # a sink that hangs
    assert await api.call_back(twilio.hook, **SAID) == 503
    assert twilio.counters["sink_failed"] == 2
    book.gate.set()
    assert await api.call_back(twilio.hook, **SAID) == 200


async def test_too_much_at_once_is_told_to_come_again(api, twilio, book):
    book.gate.clear()
    waiting = [asyncio.create_task(api.call_back(twilio.hook, **SAID)) for _ in range(5)]
    while twilio.counters["inbound_pushed_back"] < 3:  # noqa: ASYNC110 - a counter has no event
        await asyncio.sleep(0.01)
    book.gate.set()
    assert sorted(await asyncio.gather(*waiting)) == [200, 200, 503, 503, 503]


async def test_where_no_address_is_set_the_requests_own_counts(api, book):
    bare = TwilioCarrier(api.settings("name=lain"), book)
    async with AsyncExitStack() as stack:
        hook = await listen(stack, bare.routes()) + "/webhooks/twilio/lain"
        assert await api.call_back(hook, **SAID) == 200
        assert await api.call_back(hook.replace("127.0.0.1", "localhost"), **SAID) == 200
    assert len(book.messages) == 2
