import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from notifier.adapters.whatsapp.client import WhatsAppCarrier
from notifier.adapters.whatsapp.errors import of_status
from notifier.adapters.whatsapp.testing import CloudApi
from notifier.application.carrier_errors import (
    CarrierDown,
    ChannelStopped,
    NeedsTemplate,
    RejectedForGood,
    Scope,
    Throttled,
    TryLater,
    Unreachable,
)
from notifier.application.outgoing import Accepted, Button, Outgoing, PlainText, TemplateMessage
from notifier.domain.lane import Lane

ID = UUID("00000000-0000-7000-8000-00000000abcd")


@pytest.fixture
async def carrier(api: CloudApi):
    carrier = WhatsAppCarrier(api.settings(timeout=0.5))
    await carrier.start()
    yield carrier
    await carrier.stop()


def outgoing(content=PlainText("Halo"), to="+628123456789", **more) -> Outgoing:  # noqa: B008 - frozen
    return Outgoing(ID, to, content, **more)


async def test_a_template_with_values_and_buttons(api, carrier):
    template = TemplateMessage("rujukan", "id", ("Bu Sri", "R2K7P"), ("TERIMA R2K7P", "TOLAK R2K7P"))
    assert await carrier.submit(outgoing(template)) == Accepted(("wamid.1",))
    assert api.tokens == ["Bearer tanda"]
    [body] = api.bodies
    button = {"type": "button", "sub_type": "quick_reply"}
    assert body == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "628123456789",
        "biz_opaque_callback_data": str(ID),
        "type": "template",
        "template": {
            "name": "rujukan",
            "language": {"code": "id"},
            "components": [
                {
                    "type": "body",
                    "parameters": [{"type": "text", "text": "Bu Sri"}, {"type": "text", "text": "R2K7P"}],
                },
                {**button, "index": "0", "parameters": [{"type": "payload", "payload": "TERIMA R2K7P"}]},
                {**button, "index": "1", "parameters": [{"type": "payload", "payload": "TOLAK R2K7P"}]},
            ],
        },
    }


async def test_free_text_a_reply_and_buttons(api, carrier):
    await carrier.submit(outgoing(reply_to="wamid.x"))
    await carrier.submit(outgoing(PlainText("Siap?", (Button("SIAP K1", "Siap"),)), to="ID.1349120865"))
    text, buttons = api.bodies
    assert text["text"] == {"body": "Halo", "preview_url": False}
    assert text["context"] == {"message_id": "wamid.x"}
    assert buttons["recipient"] == "ID.1349120865"
    assert "to" not in buttons
    assert buttons["interactive"] == {
        "type": "button",
        "body": {"text": "Siap?"},
        "action": {"buttons": [{"type": "reply", "reply": {"id": "SIAP K1", "title": "Siap"}}]},
    }


async def test_values_of_a_template_are_written_so_that_meta_takes_them(api, carrier):
    await carrier.submit(outgoing(TemplateMessage("a", "id", ("satu\ndua\t tiga     empat", "", " \n "))))
    [body] = api.bodies
    parameters = body["template"]["components"][0]["parameters"]
    assert [one["text"] for one in parameters] == ["satu dua tiga empat", "-", "-"]


@pytest.mark.parametrize(
    "content",
    [
        PlainText(""),
        PlainText("x" * 4097),
        PlainText("x" * 1025, (Button("A", "A"),)),
        PlainText("x", (Button("A", "A"),) * 4),
        PlainText("x", (Button("A", "x" * 21),)),
        PlainText("x", (Button("x" * 257, "A"),)),
        PlainText("x", (Button("A", "Sama"), Button("B", "Sama"))),
        PlainText("x", (Button("A", "Satu"), Button("A", "Dua"))),
        TemplateMessage("a", "id", (), ("",)),
        TemplateMessage("a", "id", (), ("x" * 129,)),
    ],
)
async def test_what_meta_would_refuse_is_refused_here(api, carrier, content):
    with pytest.raises(RejectedForGood):
        carrier.cost(outgoing(content))
    with pytest.raises(RejectedForGood):
        await carrier.submit(outgoing(content))
    assert api.bodies == []


CODES = [
    *((code, Throttled) for code in (130429, 4, 80007, 131048, 131056)),
    *((code, TryLater) for code in (1, 2, 131000, 131016, 131057)),
    (131047, NeedsTemplate),
    *((code, Unreachable) for code in (131026, 131049, 130472, 131062)),
    *((code, RejectedForGood) for code in (132000, 132001, 132015, 132999, 131008, 131009, 100, 131042, 131031, 368)),
    *((code, ChannelStopped) for code in (0, 3, 10, 190, 200, 230, 299)),
]


@pytest.mark.parametrize(("code", "error"), CODES)
async def test_every_code_says_what_to_do(api, carrier, code, error):
    api.error = code
    with pytest.raises(error) as raised:
        await carrier.submit(outgoing())
    assert raised.value.code == str(code)
    assert raised.value.alarm == (error in {RejectedForGood, ChannelStopped} or code == 131048)
    assert type(of_status(code, api.settings())) is error
    if isinstance(raised.value, TryLater):
        assert not raised.value.ambiguous
    assert carrier.up == (error is not ChannelStopped)


async def test_who_waits_and_how_long(api, carrier):
    async def pause(code: int, **headers: str) -> Throttled:
        api.error, api.headers = code, headers
        with pytest.raises(Throttled) as raised:
            await carrier.submit(outgoing())
        return raised.value

    assert (await pause(130429)).retry_after == timedelta(seconds=5)
    told = await pause(130429, **{"Retry-After": "42"})
    assert (told.retry_after, told.scope) == (timedelta(seconds=42), Scope.CARRIER)
    pair = await pause(131056)
    assert (pair.retry_after, pair.scope) == (timedelta(seconds=6), Scope.PERSON)
    assert (await pause(131048, **{"Retry-After": "1"})).retry_after == timedelta(hours=1)
    assert (await pause(130429, **{"Retry-After": "Wed, 21 Oct"})).retry_after == timedelta(seconds=5)


@pytest.mark.parametrize(
    ("http", "raw", "error"),
    [
        (429, b"slow down", Throttled),
        (401, b"", ChannelStopped),
        (500, b"<html>", TryLater),
        (503, b'{"error": 5}', TryLater),
        (400, b"{}", RejectedForGood),
        (400, b'{"error": {"code": 987654}}', RejectedForGood),
        (302, b"", RejectedForGood),
        (200, b"not json", TryLater),
        (200, b'{"messages": []}', TryLater),
    ],
)
async def test_an_answer_without_a_code(api, carrier, http, raw, error):
    api.raw, api.status = raw, http
    with pytest.raises(error) as raised:
        await carrier.submit(outgoing())
    if isinstance(raised.value, TryLater):
        assert raised.value.ambiguous  # it may have been taken
    api.raw = None
    assert await carrier.submit(outgoing())
    assert carrier.up


async def test_no_answer_and_a_lost_link_are_ambiguous(api, carrier):
    api.delay = 1
    with pytest.raises(TryLater) as raised:
        await carrier.submit(outgoing())
    assert (raised.value.ambiguous, raised.value.reason) == (True, "response_timeout")
    api.delay, api.hang_up = 0, True
    with pytest.raises(TryLater) as raised:
        await carrier.submit(outgoing())
    assert (raised.value.ambiguous, raised.value.reason) == (True, "link_lost")


async def test_nobody_there_is_carrier_down_until_somebody_is(api, carrier):
    await api.__aexit__()
    with pytest.raises(CarrierDown):
        await carrier.submit(outgoing())
    assert not carrier.up
    async with api:
        assert await carrier.submit(outgoing())
        assert carrier.up


async def test_stopping_waits_for_what_is_being_sent(api, carrier):
    api.delay = 0.2
    call = asyncio.create_task(carrier.submit(outgoing()))
    await asyncio.sleep(0.05)
    await carrier.stop()
    assert call.done()
    assert (await call).carrier_message_ids
    with pytest.raises(CarrierDown):
        await carrier.submit(outgoing())


async def test_routine_leaves_connections_to_the_others(api):
    api.delay = 0.3
    carrier = WhatsAppCarrier(api.settings(connections=3, reserve=1))
    await carrier.start()
    routine = [asyncio.create_task(carrier.submit(outgoing(lane=Lane.ROUTINE))) for _ in range(6)]
    await asyncio.sleep(0.1)
    urgent = asyncio.create_task(carrier.submit(outgoing(PlainText("Awas"), lane=Lane.LIFE_SAFETY)))
    await asyncio.gather(urgent, *routine)
    assert [body["text"]["body"] for body in api.bodies][:3] == ["Halo", "Halo", "Awas"]
    await carrier.stop()
