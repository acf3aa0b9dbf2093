import asyncio
import copy
import json
import os
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from chassis.testing.until import until
from notifier.adapters.whatsapp.parsing import parse
from notifier.adapters.whatsapp.settings import WhatsAppSettings
from notifier.adapters.whatsapp.webhook import MAX_BODY, SIGNATURE, signature_of, webhook
from notifier.application.carrier_errors import Unreachable
from notifier.application.incoming import Location, Media, Notice, ReceiptState

DATA = Path(os.environ.get("KENTONGAN_TEST_DATA", Path(__file__).parents[4].parent / "shared" / "data"))
EXAMPLES = DATA / "specs" / "whatsapp"
needs_examples = pytest.mark.skipif(
    not EXAMPLES.exists(), reason=f"no examples at {EXAMPLES}: set KENTONGAN_TEST_DATA"
)
SETTINGS = WhatsAppSettings(base_url="http://x", token="t", phone_number_id="1")
SECRET, VERIFY = "rahasia", "tanda"


def message(kind: str = "text", sender: str | None = "628111", **more) -> dict:
    who = {"from": sender} if sender else {}
    return who | {"id": "wamid.1", "timestamp": "1767225600", "type": kind} | more


def batch(
    *messages, statuses=(), contacts=({"wa_id": "628111", "profile": {"name": "Sri"}},), field="messages"
) -> dict:
    metadata = {"display_phone_number": "62800", "phone_number_id": "77"}
    value = {"metadata": metadata, "contacts": list(contacts), "messages": list(messages), "statuses": list(statuses)}
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": "1", "changes": [{"value": value, "field": field}]}],
    }


def read(body: object):
    return parse(json.dumps(body).encode(), SETTINGS)


def only(body: object):
    got = read(body)
    assert not got.spoiled
    [one] = got.messages
    return one


def test_a_text():
    got = only(batch(message(text={"body": "STATUS M7K2P"}, context={"id": "wamid.0", "from": "62800"})))
    assert (got.id, got.kind, got.text, got.payload, got.reply_to) == (
        "wamid.1",
        "text",
        "STATUS M7K2P",
        None,
        "wamid.0",
    )
    assert (got.sender_phone, got.profile_name, got.to_phone_number_id) == ("+628111", "Sri", "77")
    assert got.at == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "pressed",
    [
        message("button", button={"payload": "TERIMA R2K7P", "text": "Terima"}),
        message(
            "interactive",
            interactive={"type": "button_reply", "button_reply": {"id": "TERIMA R2K7P", "title": "Terima"}},
        ),
        message(
            "interactive", interactive={"type": "list_reply", "list_reply": {"id": "TERIMA R2K7P", "title": "Terima"}}
        ),
    ],
)
def test_a_pressed_button(pressed):
    got = only(batch(pressed))
    assert (got.text, got.payload) == ("Terima", "TERIMA R2K7P")


def test_a_pin_and_a_photo():
    pin = only(batch(message("location", location={"latitude": -6.7, "longitude": 111, "name": "Balai Desa"})))
    assert pin.location == Location(-6.7, 111.0, "Balai Desa")
    photo = only(
        batch(message("image", image={"id": "m1", "mime_type": "image/jpeg", "sha256": "s", "caption": "Sampah"}))
    )
    assert photo.media == Media("m1", "image/jpeg", "s", "Sampah")
    assert photo.text == "Sampah"


@pytest.mark.parametrize(
    ("sender", "more", "contacts"),
    [
        (None, {"from_user_id": "ID.1"}, [{"user_id": "ID.1", "profile": {"name": "Sri"}}]),
        (None, {}, [{"user_id": "ID.1", "profile": {"name": "Sri"}}]),
        ("ID.1", {}, [{"user_id": "ID.1", "wa_id": "", "profile": {"name": "Sri"}}]),
        ("", {"from_user_id": "ID.1"}, [{"user_id": "ID.2"}, {"user_id": "ID.1", "profile": {"name": "Sri"}}]),
    ],
)
def test_a_person_without_a_phone_number(sender, more, contacts):
    got = only(batch(message(sender=sender, **more, text={"body": "x"}), contacts=contacts))
    assert (got.sender_phone, got.sender_user_id, got.profile_name) == (None, "ID.1", "Sri")


def test_several_people_in_one_batch_are_kept_apart():
    contacts = [
        {"wa_id": "628111", "user_id": "ID.1"},
        {"wa_id": "628222", "user_id": "ID.2", "profile": {"name": "Wati"}},
    ]
    got = read(batch(message(sender="628222"), message(sender="628111"), message(sender="628333"), contacts=contacts))
    told = [(m.sender_phone, m.sender_user_id, m.profile_name) for m in got.messages]
    assert told == [("+628222", "ID.2", "Wati"), ("+628111", "ID.1", ""), ("+628333", None, "")]


def test_every_entry_change_message_and_status_is_read_and_repeats_are_told():
    status = {"id": "wamid.9", "status": "delivered", "timestamp": "1767225600", "recipient_id": "628111"}
    body = batch(message(text={"body": "a"}), message(text={"body": "b"}), statuses=[status, status])
    body["entry"][0]["changes"] *= 2
    body["entry"] *= 3
    got = read(body)
    assert [m.text for m in got.messages] == ["a", "b"] * 6
    assert len(got.receipts) == 12


@pytest.mark.parametrize(
    ("word", "state"),
    [("sent", ReceiptState.SENT), ("delivered", ReceiptState.DELIVERED), ("read", ReceiptState.READ),
     ("played", ReceiptState.READ), ("failed", ReceiptState.FAILED), ("new", ReceiptState.UNKNOWN)],
)  # fmt: skip
def test_statuses(word, state):
    delivery = UUID(int=7)
    status = {"id": "wamid.9", "status": word, "timestamp": "1767225600", "recipient_id": "628111",
              "biz_opaque_callback_data": str(delivery), "errors": [{"code": 131026}]}  # fmt: skip
    [receipt] = read(batch(statuses=[status])).receipts
    assert (receipt.candidates, receipt.state, receipt.recipient) == (("wamid.9",), state, "+628111")
    assert receipt.delivery_id == delivery
    assert isinstance(receipt.failure, Unreachable) == (word == "failed")


def test_a_failure_with_an_unknown_code_goes_another_way():
    for errors in ([{"code": 999999}], [], "?"):
        status = {"id": "w", "status": "failed", "timestamp": "1", "recipient_id": "ID.5", "errors": errors}
        [receipt] = read(batch(statuses=[status])).receipts
        assert isinstance(receipt.failure, Unreachable)
        assert receipt.recipient == ""


BROKEN = [
    None, 5, "x", {}, {"from": "628111"}, message() | {"id": None}, message() | {"timestamp": "soon"},
    message() | {"timestamp": "9" * 40}, message(sender=None),
    message("location", location={"latitude": 999, "longitude": 0}),
]  # fmt: skip


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_message_is_put_aside_and_the_rest_is_read(broken):
    status = {"id": "wamid.9", "status": "read", "timestamp": "1"}
    contacts = [{"wa_id": "628111"}, {"wa_id": "628222"}]
    got = read(batch(message(), broken, message(), statuses=[status, {"id": 5}, status], contacts=contacts))
    assert (len(got.messages), len(got.receipts), len(got.spoiled)) == (2, 2, 2)
    assert all(spoiled.reason and spoiled.raw for spoiled in got.spoiled)


NOT_JSON = [b"", b"{", b"\xff", b"[" * 100_000]
NO_SHAPE = [b"5", b"[]", b'{"entry": 5}', b'{"entry": [5]}', b'{"entry": [{"changes": [7]}]}']
NO_VALUE = [b'{"entry":[{"changes":[{"field":"messages"}]}]}']


@pytest.mark.parametrize("raw", NOT_JSON + NO_SHAPE + NO_VALUE)
def test_a_broken_body_is_put_aside(raw):
    got = parse(raw, SETTINGS)
    assert len(got.spoiled) == 1
    assert not got.messages + got.receipts + got.notices


def test_news_of_the_account_and_of_numbers():
    body = batch(message("system", system={"type": "user_changed_number", "wa_id": "628999"}))
    body["entry"] += batch(field="message_template_status_update")["entry"]
    assert [notice.kind for notice in read(body).notices] == ["user_changed_number", "message_template_status_update"]


def walk(thing, path=()):
    yield path
    children = thing.items() if isinstance(thing, dict) else enumerate(thing) if isinstance(thing, list) else ()
    for key, child in children:
        yield from walk(child, (*path, key))


FULL = batch(
    message(text={"body": "a"}, context={"id": "w"}),
    message("image", image={"id": "m"}),
    message("location", location={"latitude": 1, "longitude": 2}),
    message("button", button={"payload": "p"}),
    statuses=[
        {"id": "w", "status": "failed", "timestamp": "1", "errors": [{"code": 1}], "biz_opaque_callback_data": "x"}
    ],
)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9), st.just("\ud800\0"))
JSON = st.recursive(SCALARS, lambda c: st.lists(c, max_size=3) | st.dictionaries(st.text(max_size=5), c, max_size=3))


@given(st.sampled_from([path for path in walk(FULL) if path]), JSON)
def test_anything_anywhere_is_read_or_put_aside(path, instead):
    body = copy.deepcopy(FULL)
    place = body
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = instead
    got = read(body)
    for spoiled in got.spoiled:
        assert spoiled.reason
    for thing in (*got.messages, *got.receipts, *got.notices):
        told = repr(replace(thing, body="") if isinstance(thing, Notice) else thing)
        assert "\\x00" not in told  # nothing that cannot be stored
        assert "\\ud800" not in told


@needs_examples
def test_the_official_examples_are_all_read():
    examples = json.loads((EXAMPLES / "webhook_examples.json").read_text())
    got = {name: read(body) for name, body in examples.items()}
    assert all(not batch.spoiled for batch in got.values())
    assert all(b.messages or b.notices for b in got.values())
    assert got["button_message"].messages[0].payload
    assert got["interactive_button_reply_message"].messages[0].payload
    assert got["location_message"].messages[0].location.latitude == 37.44221496582
    assert got["image_message"].messages[0].media.id == "1003383421387256"
    assert got["group_settings_update"].notices[0].kind == "group_settings_update"


@needs_examples
@pytest.mark.parametrize("file", ["message", "message_status", "callback_button", "callback_selection", "system",
                                  "template_status_update"])  # fmt: skip
def test_the_examples_of_another_library_are_all_read(file):
    for name, body in json.loads((EXAMPLES / "pywa" / f"{file}.json").read_text()).items():
        got = read(body)
        assert not got.spoiled, name
        assert got.messages or got.receipts or got.notices, name
        for message in got.messages:
            assert message.sender_user_id == "US.13491208655302741918"


@pytest.fixture
async def hook(book):
    counters: Counter[str] = Counter()
    application = web.Application(client_max_size=MAX_BODY)
    application.add_routes(webhook(SECRET, VERIFY, book, SETTINGS, path="/hook", counters=counters))
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{runner.addresses[0][1]}") as session:

        async def post(raw: bytes, signature: str | None = None) -> int:
            told = signature_of(SECRET, raw) if signature is None else signature
            async with session.post("/hook", data=raw, headers={SIGNATURE: told} if told else {}) as answer:
                return answer.status

        post.session, post.counters = session, counters
        yield post
    await runner.cleanup()


async def test_the_handshake(hook):
    async def ask(**query: str) -> tuple[int, str]:
        async with hook.session.get("/hook", params={f"hub.{k}": v for k, v in query.items()}) as answer:
            return answer.status, await answer.text()

    assert await ask(mode="subscribe", verify_token=VERIFY, challenge="1158201444") == (200, "1158201444")
    assert (await ask(mode="subscribe", verify_token="wrong", challenge="1"))[0] == 403
    assert (await ask(mode="other", verify_token=VERIFY, challenge="1"))[0] == 403
    assert (await ask())[0] == 403


async def test_a_signed_batch_is_taken_and_others_are_not(hook, book):
    raw = json.dumps(batch(message(text={"body": "Siap ✓"})), ensure_ascii=False).encode()
    assert await hook(raw) == 200
    assert await hook(raw, "") == 401
    assert await hook(raw, signature_of("other", raw)) == 403
    assert await hook(raw, signature_of(SECRET, raw).removeprefix("sha256=")) == 403
    assert await hook(raw + b" ", signature_of(SECRET, raw)) == 403
    assert [m.text for m in book.messages] == ["Siap ✓"]
    assert hook.counters["wrong_signature"] == 3


async def test_it_is_answered_only_when_it_is_safe(hook, book):
    book.gate.clear()
    posting = asyncio.create_task(hook(json.dumps(batch(message())).encode()))
    await asyncio.sleep(0.1)
    assert not posting.done()
    book.gate.set()
    assert await posting == 200


async def test_messages_of_one_person_come_in_order_and_others_do_not_wait(hook, book):
    slow, taken = asyncio.Event(), []

    async def take(message):
        if message.text == "SAMPAH":
            await slow.wait()
        taken.append(message.text)

    book.on_message = take
    messages = [("628111", "SAMPAH"), ("628222", "MENU"), ("628111", "2")]
    body = batch(*[message(sender=who, text={"body": text}) for who, text in messages], contacts=())
    posting = asyncio.create_task(hook(json.dumps(body).encode()))
    await until(lambda: bool(taken), 10)
    await asyncio.sleep(0.2)
    assert taken == ["MENU"]
    slow.set()
    assert await posting == 200
    assert taken == ["MENU", "SAMPAH", "2"]


async def test_as_much_as_meta_sends_at_most_is_taken_whole(hook, book):
    status = {"status": "delivered", "timestamp": "1767225600", "recipient_id": "628111"}
    statuses = [{"id": f"wamid.{number:010}", **status} for number in range(24_000)]
    raw = json.dumps(batch(message(text={"body": "x"}), statuses=statuses)).encode()
    raw += b" " * (MAX_BODY - len(raw))
    assert len(raw) == MAX_BODY
    assert await hook(raw) == 200
    assert (len(book.receipts), len(book.messages)) == (24_000, 1)


async def test_a_failing_sink_makes_meta_bring_it_again(hook, book):
    book.broken = True
    raw = json.dumps(batch(message())).encode()
    assert await hook(raw) == 503
    book.broken = False
    assert await hook(raw) == 200
    assert len(book.messages) == 1


async def test_garbage_is_quarantined_and_answered(hook, book):
    assert await hook(b"{broken") == 200
    assert [(s.reason, s.raw) for s in book.spoiled] == [("not_json", b"{broken")]
    assert await hook(b"x" * (MAX_BODY + 1)) == 413


def test_a_webhook_without_a_secret_is_refused(book):
    for secret, token in (("", VERIFY), (SECRET, "")):
        with pytest.raises(ValueError, match="secret"):
            webhook(secret, token, book, SETTINGS)
