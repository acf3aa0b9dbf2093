from datetime import timedelta
from urllib.parse import quote
from uuid import uuid4

import pytest

from notifier.adapters.kannel.client import KannelCarrier
from notifier.adapters.kannel.testing import SECRET
from notifier.application.carrier_errors import (
    CarrierDown,
    ChannelStopped,
    RejectedForGood,
    Throttled,
    TryLater,
    Unreachable,
)
from notifier.application.incoming import ReceiptState
from notifier.application.outgoing import Accepted, Outgoing, PlainText

PHONE = "+6281200000001"


def outgoing(text: str = "Awas banjir", **more) -> Outgoing:
    return Outgoing(uuid4(), PHONE, PlainText(text), **more)


async def test_the_query(box, kannel):
    one = outgoing("Awas {banjir} é", valid_for=timedelta(minutes=90))
    assert await kannel.submit(one) == Accepted((one.delivery_id.hex,))
    [query] = box.queries
    report = f"{kannel.hook}?secret={SECRET}&id={one.delivery_id.hex}&state=%d&said=%A"
    assert query == {
        "username": "desa",
        "password": "rahasia",
        "from": "KENTONGAN",
        "to": PHONE,
        "text": "Awas {banjir} é",
        "coding": "0",
        "charset": "UTF-8",
        "validity": "90",
        "dlr-mask": "31",
        "dlr-url": report,
    }


async def test_unicode_the_link_and_no_reports_without_a_secret(box, book):
    carrier = KannelCarrier(box.settings("secret=&smsc=modem-1"), book)
    await carrier.start()
    await carrier.submit(outgoing("⚠ banjir", valid_for=timedelta(seconds=5)))
    await carrier.stop()
    [query] = box.queries
    assert (query["text"], query["coding"], query["smsc"], query["validity"]) == ("⚠ banjir", "2", "modem-1", "1")
    assert "dlr-url" not in query
    assert carrier.routes() == []


@pytest.mark.parametrize("words", [b"0: Accepted for delivery", b"3: Queued for later delivery", b"Sent."])
async def test_taken_now_or_for_later(box, kannel, words):
    box.answers = [(202, words)]
    assert await kannel.submit(outgoing())


@pytest.mark.parametrize(
    ("status", "words", "error", "reason"),
    [
        (403, b"Authorization failed for sendsms", ChannelStopped, "authentication_failed"),
        (403, b"Not routable. Do not try again.", RejectedForGood, "no_route"),
        (403, b"Number(s) has/have been denied by white- and/or black-lists.", Unreachable, "number_denied"),
        (503, b"Temporal failure, try again later.", TryLater, "temporal_failure"),
        (429, b"", Throttled, "throttled"),
        (503, b"Throttling limit exceeded", Throttled, "throttled"),
        (404, b"<html>", ChannelStopped, "no_sendsms_there"),
        (400, b"Missing receiver number, rejected", RejectedForGood, "refused"),
        (500, b"\xff\xff", TryLater, "server_error"),
        (200, b"Welcome", TryLater, "unreadable_answer"),
        (202, b"", TryLater, "unreadable_answer"),
    ],
)
async def test_every_answer_says_what_to_do(box, kannel, status, words, error, reason):
    box.answers = [(status, words)]
    with pytest.raises(error) as raised:
        await kannel.submit(outgoing())
    assert raised.value.reason == reason
    if isinstance(raised.value, TryLater):
        assert raised.value.ambiguous == (reason != "temporal_failure")
    assert kannel.up == (error is not ChannelStopped)
    assert await kannel.submit(outgoing())
    assert kannel.up


async def test_silence_and_absence(box, kannel):
    box.delay = 4
    with pytest.raises(TryLater) as raised:
        await kannel.submit(outgoing())
    assert raised.value.ambiguous
    await box.__aexit__()
    with pytest.raises(CarrierDown):
        await kannel.submit(outgoing())
    assert not kannel.up
    box.delay = 0
    await box.__aenter__()


@pytest.mark.parametrize(
    ("number", "said", "state", "error"),
    [
        (1, "id%3A1+stat%3ADELIVRD", ReceiptState.DELIVERED, None),
        (4, "", ReceiptState.SENT, None),
        (8, "ACK%2F", ReceiptState.SENT, None),
        (0, "", ReceiptState.UNKNOWN, None),
        (66, "", ReceiptState.UNKNOWN, None),
        (2, "stat%3AUNDELIV", ReceiptState.FAILED, ("undeliverable", Unreachable)),
        (34, "", ReceiptState.FAILED, ("expired_at_carrier", Unreachable)),
        (16, "NACK%2F0x00000045%2FSubmit+failed", ReceiptState.FAILED, ("rejected_by_network", RejectedForGood)),
        (16, "NACK%2F0x0000000b%2FInvalid", ReceiptState.FAILED, ("bad_number", Unreachable)),
        (16, "NACK%2F11%2FInvalid", ReceiptState.FAILED, ("bad_number", Unreachable)),
    ],
)
async def test_a_report_is_a_receipt(box, kannel, book, number, said, state, error):
    one = outgoing()
    await kannel.submit(one)
    assert await box.report(0, number, said) == 200
    [receipt] = book.receipts
    assert (receipt.candidates, receipt.state) == ((one.delivery_id.hex,), state)
    assert (receipt.failure and (receipt.failure.reason, type(receipt.failure))) == error


def typed(id_="77d7", text="TERIMA+R2K7P", **more) -> str:
    told = {"coding": "0", "charset": "UTF-8"} | more
    return f"id={id_}&from=%2B{PHONE[1:]}&to=2525&text={text}" + "".join(f"&{k}={v}" for k, v in told.items())


@pytest.mark.parametrize(
    ("query", "text"),
    [
        (typed(), "TERIMA R2K7P"),
        (typed(text="%C3%A9+%E2%82%AC+%5Ba%5D"), "é € [a]"),
        (typed(text=quote("Banjir ⚠ 😀".encode("utf-16-be")), coding="2", charset="UTF-16BE"), "Banjir ⚠ 😀"),
        (typed(text=quote("⚠".encode("utf-16-be")), coding="2", charset=""), "⚠"),
        (typed(text="%E9", charset="ISO-8859-1"), "é"),
        (typed(text="%FF"), "�"),
        (typed(text=""), ""),
    ],
)
async def test_what_a_person_writes(box, kannel, book, query, text):
    assert await box.fetch(f"{kannel.hook}?secret={SECRET}&{query}") == 200
    assert await box.fetch(f"{kannel.hook}?secret={SECRET}&{query}") == 200
    first, repeat = book.messages
    assert (first.source, first.destination, first.text, first.may_repeat) == (PHONE, "2525", text, True)
    assert first == repeat


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        (typed(id_=""), "message_without_id_or_sender"),
        ("id=1&text=x", "message_without_id_or_sender"),
        (typed(charset="klingon"), "not_text"),
        ("state=1", "malformed_report"),
        ("id=1&state=", "malformed_report"),
        ("id=1&state=%25d", "malformed_report"),
        ("id=1&state=99999", "malformed_report"),
    ],
)
async def test_what_cannot_be_understood_is_put_aside_without_the_secret(box, kannel, book, query, reason):
    assert await box.fetch(f"{kannel.hook}?secret={SECRET}&{query}") == 200
    [spoiled] = book.spoiled
    assert spoiled.reason == reason
    assert SECRET.encode() not in spoiled.raw


async def test_only_who_knows_the_secret_is_believed(box, kannel, book):
    for secret in ("", "secret=", "secret=salah", f"secret={SECRET}x", "secret=%FF", f"Secret={SECRET}"):
        assert await box.fetch(f"{kannel.hook}?{secret}&{typed()}") == 403
    assert await box.fetch(f"{kannel.hook}?secret={SECRET}" + "&a=1" * 200) == 403
    assert book.messages == []
    assert kannel.counters["wrong_secret"] == 7


async def test_not_kept_is_not_answered_with_yes(box, kannel, book):
    book.broken = True
    assert await box.fetch(f"{kannel.hook}?secret={SECRET}&{typed()}") == 503
    await kannel.submit(outgoing())
    assert await box.report(0, 1) == 503
    book.broken = False
    assert await box.fetch(f"{kannel.hook}?secret={SECRET}&{typed()}") == 200
