"""WhatsApp through the Cloud API and signed webhooks."""

import asyncio
from typing import Any

import aiohttp
import pytest

from handset.client import Handset, RefusedError
from handset.process import HandsetProcess
from handset.testing import Graph, Receiver

AINI = "6281200000002"
PHOTO = b"\xff\xd8\xff\xe0" + b"\0" * 100
OFFER = {
    "name": "telponi_offer",
    "language": "id",
    "category": "UTILITY",
    "components": [
        {"type": "BODY", "text": "RUJUKAN {{1}} dari {{2}}"},
        {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": t} for t in ("Terima", "Tolak")]},
    ],
}


def template(*values: str, payloads: tuple[str, ...] = (), name: str = "telponi_offer") -> dict[str, Any]:
    buttons = [
        {
            "type": "button",
            "sub_type": "quick_reply",
            "index": str(number),
            "parameters": [{"type": "payload", "payload": payload}],
        }
        for number, payload in enumerate(payloads)
    ]
    body = {"type": "body", "parameters": [{"type": "text", "text": value} for value in values]}
    return {"name": name, "language": {"code": "id"}, "components": [body, *buttons]}


async def open_window(phones: Handset, receiver: Receiver) -> None:
    await phones.say(AINI, "MENU", channel="whatsapp")
    await receiver.wait(1)
    receiver.values.clear()


async def test_a_text_inside_the_window_is_shown_and_its_statuses_told(
    graph: Graph, phones: Handset, receiver: Receiver
) -> None:
    await open_window(phones, receiver)
    status, answer = await graph.send("+62 812-0000-0002", "text", {"body": "Halo Bu"})
    assert status == 200
    assert answer["contacts"] == [{"input": "+62 812-0000-0002", "wa_id": AINI}]
    shown = await phones.expect("0812-0000-0002", "halo bu")
    assert shown["carrier_ids"] == [answer["messages"][0]["id"]]
    values = await receiver.wait(3)
    assert receiver.statuses() == ["sent", "delivered", "read"]
    assert {one["statuses"][0]["id"] for one in values} == set(shown["carrier_ids"])
    assert values[0]["statuses"][0]["recipient_id"] == AINI


async def test_free_text_outside_the_window_fails_by_status(
    graph: Graph, phones: Handset, receiver: Receiver
) -> None:
    status, _ = await graph.send(AINI, "text", {"body": "Halo"})
    failed = (await receiver.wait(1))[0]["statuses"][0]
    assert (status, failed["status"], failed["errors"][0]["code"]) == (200, "failed", 131047)
    await open_window(phones, receiver)
    await phones.close_window(AINI)
    await phones.faults(refuse_at_once=True)
    status, answer = await graph.send(AINI, "text", {"body": "Halo"})
    assert (status, answer["error"]["code"]) == (400, 131047)
    assert [one["text"] for one in await phones.messages(AINI)] == ["MENU"]


async def test_a_registered_template_is_shown_filled_and_its_button_works(
    graph: Graph, phones: Handset, receiver: Receiver
) -> None:
    assert (await graph.call("POST", "/v23.0/1/message_templates", json=OFFER))[1]["status"] == "APPROVED"
    listed = await graph.call("GET", "/v23.0/1/message_templates?name=telponi_offer")
    assert listed[1]["data"][0]["language"] == "id"
    content = template("R2K7P", "Sendangmulyo", payloads=("TERIMA R2K7P", "TOLAK R2K7P"))
    _, answer = await graph.send(AINI, "template", content)
    shown = await phones.expect(AINI, "RUJUKAN R2K7P dari Sendangmulyo")
    assert [button["title"] for button in shown["buttons"]] == ["Terima", "Tolak"]
    await phones.press(AINI, "terima")
    values = await receiver.wait(4)
    pressed = next(one["messages"][0] for one in values if "messages" in one)
    assert pressed["type"] == "button"
    assert pressed["button"] == {"payload": "TERIMA R2K7P", "text": "Terima"}
    assert pressed["context"]["id"] == answer["messages"][0]["id"]
    assert (await phones.messages(AINI))[0]["pressed"] == "Terima"
    with pytest.raises(RefusedError, match="no button"):
        await phones.press(AINI, "Mungkin")


async def test_a_template_that_does_not_fit_is_refused(graph: Graph, phones: Handset) -> None:
    await graph.call("POST", "/v23.0/1/message_templates", json=OFFER)
    assert (await graph.send(AINI, "template", template("R2K7P")))[1]["error"]["code"] == 132000
    await graph.send(AINI, "template", template("satu", "dua", name="other", payloads=("SIAP P2K7P",)))
    shown = await phones.expect(AINI, "satu\ndua")
    assert shown["buttons"] == [{"title": "Siap", "payload": "SIAP P2K7P", "reply": "button"}]
    await phones.faults(strict_templates=True)
    status, answer = await graph.send(AINI, "template", template("satu", name="other"))
    assert (status, answer["error"]["code"]) == (404, 132001)


async def test_reply_buttons_and_lists_are_answered_as_meta_does(
    graph: Graph, phones: Handset, receiver: Receiver
) -> None:
    await open_window(phones, receiver)
    button = {"type": "reply", "reply": {"id": "SIAP P2K7P", "title": "Siap"}}
    content = {"type": "button", "body": {"text": "Air naik"}, "action": {"buttons": [button]}}
    await graph.send(AINI, "interactive", content)
    await phones.expect(AINI, "Air naik")
    await phones.press(AINI, "SIAP P2K7P")
    rows = [{"id": "1", "title": "Kragan"}, {"id": "2", "title": "Sarang"}]
    content = {"type": "list", "body": {"text": "Pilih"}, "action": {"button": "Desa", "sections": [{"rows": rows}]}}
    await graph.send(AINI, "interactive", content)
    await phones.expect(AINI, "Pilih")
    await phones.press(AINI, "Sarang")
    values = await receiver.wait(6)
    replies = [one["messages"][0]["interactive"] for one in values if "messages" in one]
    assert replies == [
        {"type": "button_reply", "button_reply": {"id": "SIAP P2K7P", "title": "Siap"}},
        {"type": "list_reply", "list_reply": {"id": "2", "title": "Sarang"}},
    ]


async def test_a_location_and_a_photo_travel_both_ways(graph: Graph, phones: Handset, receiver: Receiver) -> None:
    await phones.send_location("0812-0000-0002", -6.66, 111.72, "Sendangmulyo")
    await phones.send_photo(AINI, PHOTO, "tumpukan")
    values = await receiver.wait(2)
    location, image = (one["messages"][0] for one in values)
    assert location["location"] == {"latitude": -6.66, "longitude": 111.72, "name": "Sendangmulyo"}
    assert (image["image"]["caption"], image["image"]["mime_type"]) == ("tumpukan", "image/jpeg")
    status, described = await graph.call("GET", f"/v23.0/{image['image']['id']}")
    assert (status, described["sha256"]) == (200, image["image"]["sha256"])
    headers = {"Authorization": "Bearer token"}
    async with graph.session.get(described["url"], headers=headers) as file:
        assert await file.read() == PHOTO
    form = aiohttp.FormData({"messaging_product": "whatsapp"})
    form.add_field("file", PHOTO, filename="peta.jpg", content_type="image/jpeg")
    media = (await graph.call("POST", "/v23.0/100000000000001/media", data=form))[1]["id"]
    await graph.send(AINI, "image", {"id": media, "caption": "peta"})
    assert (await phones.expect(AINI, "peta"))["media"] == media
    with pytest.raises(RefusedError, match="JPEG"):
        await phones.send_photo(AINI, b"GIF89a")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"to": AINI, "type": "text", "text": {"body": "x"}}, 100),
        ({"messaging_product": "whatsapp", "type": "text", "text": {"body": "x"}}, 131008),
        ({"messaging_product": "whatsapp", "to": "12", "type": "text", "text": {"body": "x"}}, 131009),
        ({"messaging_product": "whatsapp", "to": AINI, "type": "text", "text": {}}, 131008),
        ({"messaging_product": "whatsapp", "to": AINI, "type": "text", "text": {"body": "x" * 4097}}, 131009),
        ({"messaging_product": "whatsapp", "to": AINI, "type": "sticker", "sticker": {"id": "1"}}, 131051),
        ({"messaging_product": "whatsapp", "to": AINI, "type": "location", "location": {"latitude": 1}}, 131008),
    ],
)
async def test_bad_requests_are_refused_as_meta_does(graph: Graph, body: dict[str, Any], code: int) -> None:
    status, answer = await graph.call("POST", "/v23.0/100000000000001/messages", json=body)
    assert (status, answer["error"]["code"]) == (400, code)
    assert answer["error"]["type"] == "OAuthException"
    assert answer["error"]["fbtrace_id"]


async def test_token_number_and_body_are_checked(graph: Graph) -> None:
    status, answer = await graph.call("GET", "/v23.0/1/message_templates", token="wrong")
    assert (status, answer["error"]["code"]) == (401, 190)
    assert (await graph.call("GET", "/1/message_templates"))[0] == 200
    status, answer = await graph.call("POST", "/v23.0/2/messages", json={})
    assert (status, answer["error"]["code"], answer["error"]["error_subcode"]) == (400, 100, 33)
    status, answer = await graph.call("POST", "/v23.0/100000000000001/messages", data=b"{")
    assert (status, answer["error"]["code"]) == (400, 100)
    assert (await graph.call("GET", "/v23.0/12345"))[0] == 400


async def test_a_webhook_is_repeated_until_it_is_taken_and_order_holds(phones: Handset, receiver: Receiver) -> None:
    receiver.answers = [500, 503]
    for text in ("satu", "dua"):
        await phones.say(AINI, text, channel="whatsapp")
    values = await receiver.wait(4)
    assert [one["messages"][0]["text"]["body"] for one in values] == ["satu", "satu", "satu", "dua"]
    assert values[0]["contacts"] == [{"profile": {"name": "Bidan Aini"}, "wa_id": AINI}]
    await asyncio.sleep(0.1)
    assert [one["state"] for one in await phones.messages(AINI)] == ["taken", "taken"]


async def test_the_handshake_is_done_as_meta_does(handset: HandsetProcess, graph: Graph) -> None:
    assert (await graph.call("POST", "/api/webhook/verify"))[1] == {"verified": True}
    handset.webhooks.account.verify_token = "another"
    assert (await graph.call("POST", "/api/webhook/verify"))[1] == {"verified": False}


async def test_read_marks_can_wait_for_the_person(graph: Graph, phones: Handset, receiver: Receiver) -> None:
    await phones.faults(auto_read=False)
    await open_window(phones, receiver)
    await graph.send(AINI, "text", {"body": "Halo"})
    await receiver.wait(2)
    await asyncio.sleep(1.2)
    assert receiver.statuses() == ["sent", "delivered"]
    await phones.look(AINI)
    await receiver.wait(3)
    assert receiver.statuses()[-1] == "read"


async def test_templates_are_listed_page_by_page(graph: Graph) -> None:
    for number in range(5):
        body = {"type": "BODY", "text": "Halo"}
        await graph.call(
            "POST", "/v23.0/2/message_templates", json={"name": f"t{number}", "language": "id", "components": [body]}
        )
    names, after = [], ""
    while True:
        status, page = await graph.call("GET", f"/v23.0/2/message_templates?limit=2&after={after}")
        assert status == 200
        names.append([one["name"] for one in page["data"]])
        if "next" not in page["paging"]:
            break
        after = page["paging"]["cursors"]["after"]
    assert names == [["t0", "t1"], ["t2", "t3"], ["t4"]]
    assert (await graph.call("GET", "/v23.0/2/message_templates?limit=x"))[1]["error"]["code"] == 100


async def test_what_meta_does_to_a_template_is_told_and_it_is_not_sent_any_more(
    graph: Graph, receiver: Receiver, handset: HandsetProcess
) -> None:
    given = {"name": "offer", "language": "id", "components": [{"type": "BODY", "text": "Halo"}]}
    await graph.call("POST", "/v23.0/2/message_templates", json=given)
    url = f"http://127.0.0.1:{handset.http_port}/api/whatsapp/templates"
    change = {"name": "offer", "status": "PAUSED", "reason": "QUALITY", "quality": "RED"}
    async with graph.session.patch(url, json=change) as answered:
        assert answered.status == 200
    told = await receiver.wait(3)
    assert [value.get("event") for value in told] == ["APPROVED", "PAUSED", None]
    assert told[2]["new_quality_score"] == "RED"
    template = {"name": "offer", "language": {"code": "id"}}
    assert (await graph.send("6281200000001", "template", template))[1]["error"]["code"] == 132015
    for wrong, status in (({"name": "other"}, 404), ({"name": "offer", "status": "GOOD"}, 400), ({}, 400)):
        async with graph.session.patch(url, json=wrong) as answered:
            assert answered.status == status


async def test_the_number_tells_its_tier_and_a_change_is_told(
    graph: Graph, receiver: Receiver, handset: HandsetProcess
) -> None:
    assert (await graph.call("GET", "/v23.0/100000000000001"))[1]["messaging_limit_tier"] == "TIER_100K"
    url = f"http://127.0.0.1:{handset.http_port}/api/whatsapp/account"
    async with graph.session.patch(url, json={"tier": "TIER_2K", "quality": "RED"}) as answered:
        assert answered.status == 200
    [told] = await receiver.wait(1)
    assert (told["event"], told["current_limit"]) == ("FLAGGED", "TIER_2K")
    number = (await graph.call("GET", "/v23.0/100000000000001"))[1]
    assert (number["quality_rating"], number["messaging_limit_tier"]) == ("RED", "TIER_2K")
