"""Meta brings everything several times, in no order and of every kind: each counts once, as the furthest."""

import asyncio
import json
import os
import random
import time
from collections import Counter
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from chassis.settings import Address
from chassis.testing.ports import free_port
from chassis.testing.until import until
from kentongan.notifier.v1 import delivery_pb2
from notifier.adapters.whatsapp.webhook import signature_of
from notifier.config import GRPC, ROLES
from notifier.domain.delivery import State

pytestmark = pytest.mark.integration
DATA = Path(os.environ.get("KENTONGAN_TEST_DATA", Path(__file__).parents[4].parent / "shared" / "data"))
EXAMPLES = DATA / "specs" / "whatsapp" / "webhook_examples.json"
PEOPLE, REPEATS, AT_ONCE = 20, 4, 8
OFFER = "destana.incident"


class Meta:
    """Posts signed webhooks."""

    def __init__(self, session: aiohttp.ClientSession, port: int) -> None:
        self._session, self._url = session, f"http://127.0.0.1:{port}/webhooks/whatsapp"
        self._room = asyncio.Semaphore(AT_ONCE)

    async def post(self, **value: Any) -> int:
        change = {"field": "messages", "value": {"metadata": {"phone_number_id": "1"}, **value}}
        return await self.whole({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]})

    async def whole(self, body: Any) -> int:
        raw = json.dumps(body).encode()
        headers = {"X-Hub-Signature-256": signature_of("rahasia-app", raw)}
        async with self._room, self._session.post(self._url, data=raw, headers=headers) as answer:
            return answer.status


def phone(number: int) -> str:
    return f"62812000{number:05}"


async def test_a_storm_of_repeats_and_statuses_out_of_order(stopped: Any) -> None:
    port, chance = free_port(), random.Random(7)  # noqa: S311 - an order to repeat, no secret
    await stopped.start(roles=frozenset(ROLES - {GRPC}), webhook_address=Address("127.0.0.1", port))
    rows = [(f"+{phone(number)}", "village_head", "33.17", "whatsapp") for number in range(PEOPLE)]
    people = tuple(await stopped.people(*rows))
    alert = await stopped.raise_alert(OFFER, stopped.values(OFFER), contacts=people)
    await until(lambda: len(stopped.api.bodies) == PEOPLE)
    now, to = str(int(time.time())), [body["to"] for body in stopped.api.bodies]
    posts: list[dict[str, Any]] = [
        {"statuses": [{"id": f"wamid.{index + 1}", "status": state, "timestamp": now, "recipient_id": to[index]}]}
        for index in range(PEOPLE)
        for state in ("sent", "delivered", "read")
    ]
    posts += [
        {
            "messages": [
                {"id": f"in.{n}", "from": phone(n), "timestamp": now, "type": "text", "text": {"body": "SIAP"}}
            ]
        }
        for n in range(PEOPLE)
    ]
    storm = posts * REPEATS
    chance.shuffle(storm)
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(90)) as session:
        meta = Meta(session, port)
        answers = await asyncio.gather(*[meta.post(**one) for one in storm])
        assert set(answers) == {200}
        await stopped.reach(alert, *[State.READ] * PEOPLE)
        late = {"id": "wamid.1", "status": "delivered", "timestamp": now, "recipient_id": to[0]}
        assert await meta.post(statuses=[late]) == 200
    assert await stopped.states(alert) == [State.READ] * PEOPLE
    assert await stopped.fetchval("select count(*) from message") == PEOPLE
    assert await stopped.fetchval("select count(*) from quarantine") == 0
    facts = [
        (fact.metadata.aggregate_id, fact.WhichOneof("fact"))
        for fact in await stopped.read("kentongan.notifier.delivery.v1", delivery_pb2.DeliveryFact)
        if fact.alert_id == str(alert.id)
    ]
    assert max(Counter(facts).values()) == 1  # nothing is told twice
    assert Counter(name for _, name in facts)["delivery_read"] == PEOPLE
    assert len(await stopped.field_messages("destana", PEOPLE)) == PEOPLE


@pytest.mark.skipif(not EXAMPLES.exists(), reason=f"no examples at {EXAMPLES}: set KENTONGAN_TEST_DATA")
async def test_every_kind_of_message_that_meta_shows_is_taken_and_answered_or_passed_over(stopped: Any) -> None:
    port = free_port()
    await stopped.start(roles=frozenset(ROLES - {GRPC}), webhook_address=Address("127.0.0.1", port))
    examples = json.loads(EXAMPLES.read_text())
    for number, body in enumerate(examples.values()):
        for message in body["entry"][0]["changes"][0]["value"].get("messages", []):
            message["id"], message["timestamp"] = f"wamid.{number}", str(int(time.time()))
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(60)) as session:
        meta = Meta(session, port)
        assert {await meta.whole(body) for body in examples.values()} == {200}
    silent = {"reaction_message", "system_message", *(name for name in examples if name.startswith("group_"))}
    assert await stopped.fetchval("select count(*) from message") == len(set(examples) - silent)
    assert await stopped.fetchval("select count(*) from quarantine where reason <> 'media_gone'") == 0
    assert await stopped.fetchval("select count(*) from notice") == len(silent) - 1  # a reaction is no news either
    assert await stopped.fetchval("select count(*) from contact") == 1
