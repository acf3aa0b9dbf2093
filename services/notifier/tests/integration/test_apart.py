"""The notifier's work in processes of its own each, on one database."""

import json
from typing import Any

import aiohttp
import pytest

from chassis.kernel.alert import Lane
from chassis.settings import Address
from chassis.testing.until import until
from notifier.adapters.whatsapp.webhook import signature_of
from notifier.config import INBOUND, LANES, PLANNER, WEBHOOK
from notifier.domain.delivery import State

pytestmark = pytest.mark.integration
HOOK = Address("127.0.0.1", 9629)


async def test_planner_inbound_and_each_lane_apart_deliver_an_alert_and_route_a_message(stopped: Any) -> None:
    people = ()
    for roles in ({PLANNER}, {INBOUND, WEBHOOK}, *({lane} for lane in LANES)):
        await stopped.start(roles=frozenset(roles), webhook_address=HOOK)
        people = people or tuple(await stopped.people(("+628120000001", "midwife", "33.17.12.2002", "sms")))
    await until(lambda: len(stopped.centre.sockets) == 1 + len(LANES))
    for lane in Lane:
        alert = await stopped.raise_alert("reply", {"text": f"Jalur {lane.value}."}, contacts=people, lane=lane)
        await stopped.reach(alert, State.SENT)
        await stopped.facts(alert, "alert_planned", "delivery_sent")
    assert len(stopped.sent()) == len(Lane)

    await stopped.centre.bring(10, source_addr="628120000001", short_message=b"BUMIL Siti # 28")
    [(fact, text)] = await stopped.field_messages("telponi", 1)
    assert text == "BUMIL Siti # 28"
    assert fact.field_message_received.contact_id == str(people[0])
    await _whatsapp("MENU")
    await until(lambda: len(stopped.api.bodies) == 1)
    assert "Kentongan" in stopped.api.bodies[0]["text"]["body"]


async def _whatsapp(text: str) -> None:
    message = {"id": "w1", "from": "628120000001", "timestamp": "1750000000", "type": "text", "text": {"body": text}}
    raw = json.dumps({"entry": [{"changes": [{"field": "messages", "value": {"messages": [message]}}]}]}).encode()
    headers = {"X-Hub-Signature-256": signature_of("rahasia-app", raw)}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"http://{HOOK}/webhooks/whatsapp", data=raw, headers=headers) as answer,
    ):
        assert answer.status == 200
