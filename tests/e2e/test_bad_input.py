"""What cannot be understood is put aside with its reason, on every way in, and the rest flows on."""

import asyncio
import hashlib
import hmac
import json
import re
from uuid import uuid4

import aiohttp
import pytest

from chassis.testing.kafka import Kafka
from e2e.running import Running
from handset.demo.stage import Stage
from kentongan.notifier.v1.alert_pb2 import AlertFact
from kentongan.notifier.v1.contact_pb2 import ContactFact
from kentongan.notifier.v1.delivery_pb2 import DeliveryFact
from kentongan.notifier.v1.field_message_pb2 import FieldMessageFact
from stack import database
from stack.secret_files import SERVICES

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

CONSUMED = {
    "telponi": {"field-message.telponi": FieldMessageFact},
    "gareng-mesem": {"field-message.gareng-mesem": FieldMessageFact, "contact": ContactFact},
    "destana": {"field-message.destana": FieldMessageFact, "delivery": DeliveryFact},
    "notifier": {"alert.life-safety": AlertFact, "alert.urgent": AlertFact, "alert.routine": AlertFact},
}
"""Who reads which of the notifier's topics."""


async def everyone_is_well(stage: Stage) -> None:
    """Each service answers somebody, on both channels."""
    for channel in ("sms", "whatsapp"):
        midwife, resident = stage.one("midwife", channel), stage.one("resident", channel)
        for actor, text, answer in (
            (midwife, "BANTUAN BUMIL", "BUMIL nama"),
            (resident, "BANTUAN SAMPAH", "SAMPAH jenis"),
            (resident, "INFO 33.17.14.2006", "Dorokandang"),
        ):
            await stage.say(actor, f"{text} {' ' * (uuid4().int % 40)}")  # never the same octets twice in a minute
            await stage.reply(actor, answer)


async def test_the_table_names_all_that_is_consumed(running: Running):
    async with aiohttp.ClientSession() as session:
        for service in SERVICES:
            async with session.get(f"http://{running.home.address(f'{service}.http')}/metrics") as answer:
                told = await answer.text()
            seen = set(re.findall(r'kentongan_consumer_lag_records{[^}]*topic="kentongan\.([^"]+)\.v1"', told))
            seen |= set(re.findall(r'kentongan_events_consumed_total{topic="kentongan\.([^"]+)\.v1"', told))
            assert seen <= {f"notifier.{topic}" for topic in CONSUMED[service]}


@pytest.mark.parametrize("service", sorted(CONSUMED))
async def test_bad_events_are_dead_letters_and_the_rest_flows(stage: Stage, bus: Kafka, service: str):
    sent = {}
    for topic, kind in CONSUMED[service].items():
        name = f"kentongan.notifier.{topic}.v1"
        sent[name, "undecodable"] = b"\xff\xff\xff" + uuid4().bytes
        broken = kind()
        broken.metadata.event_id = f"no uuid but {uuid4()}"
        sent[name, "rule_broken"] = broken.SerializeToString()
    for (name, _), value in sent.items():
        head = [("ce_id", str(uuid4()).encode()), ("ce_type", b"kentongan.test"), ("note", b"kept as it came")]
        await bus.send(name, value, key=uuid4().bytes, headers=head)
    await everyone_is_well(stage)
    letters = await letters_of(bus, service, set(sent.values()))
    for (name, reason), value in sent.items():
        headers = dict(letters[value].headers)
        assert headers["dlq-topic"].decode() == name
        assert headers["dlq-reason"].decode().startswith(reason)
        assert headers["note"] == b"kept as it came"
        assert {"dlq-partition", "dlq-offset", "dlq-digest", "dlq-at"} <= set(headers)


async def letters_of(bus: Kafka, service: str, wanted: set[bytes]):
    for _ in range(100):
        letters = {one.value: one for one in await bus.read(f"kentongan.dlq.{service}.v1")}
        if wanted <= set(letters):
            return letters
        await asyncio.sleep(0.2)
    raise AssertionError(f"{len(wanted - set(letters))} of {len(wanted)} bad events are no dead letters of {service}")


async def test_webhooks_that_are_not_metas_are_refused_and_nothing_is_stored(running: Running, stage: Stage):
    body = json.dumps(_message("0812-0000-0034", "BANJIR 33.17.12.2002 90")).encode()
    secret = (running.home.secrets / "whatsapp-app-secret").read_text().strip()
    forged = "sha256=" + hmac.new(b"another secret", body, hashlib.sha256).hexdigest()
    right = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    before = await rows(running, "message")
    for signature, data, status in ((None, body, 401), (forged, body, 403), (right, body + b" ", 403)):
        assert await post(running, data, signature) == status
    assert await rows(running, "message") == before
    assert await post(running, body, right) == 200  # the very same body, rightly signed, is a message
    assert await rows(running, "message") == before + 1
    await everyone_is_well(stage)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b'{"entry": 7}', b'{"entry": [{"changes": [{"field": "messages", "value": {"messages": [1]}}]}]}'],
)
async def test_a_signed_webhook_that_makes_no_sense_is_quarantined(running: Running, stage: Stage, body: bytes):
    secret = (running.home.secrets / "whatsapp-app-secret").read_text().strip()
    before = await rows(running, "quarantine")
    right = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    assert await post(running, body, right) == 200  # else it would come again for ever
    assert await rows(running, "quarantine") == before + 1
    assert await value(running, "select reason from quarantine order by at desc limit 1")
    await everyone_is_well(stage)


async def post(running: Running, body: bytes, signature: str | None) -> int:
    url = f"http://{running.home.address('notifier.webhook')}/webhooks/whatsapp"
    headers = {"X-Hub-Signature-256": signature} if signature else {}
    async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=headers) as answer:
        return answer.status


async def rows(running: Running, table: str) -> int:
    return await value(running, f"select count(*) from {table}")  # noqa: S608 - the test's own words


async def value(running: Running, question: str):
    connection = await database.connect(running.home, "notifier")
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


def _message(phone: str, text: str):
    sender = "62" + re.sub(r"\D", "", phone)[1:]
    message = {"from": sender, "id": f"wamid.{uuid4().hex}", "timestamp": "1795417647", "type": "text"}
    number = {"display_phone_number": "1", "phone_number_id": "100000000000001"}
    changed = {"messaging_product": "whatsapp", "metadata": number, "messages": [message | {"text": {"body": text}}]}
    changed["contacts"] = [{"wa_id": sender, "profile": {"name": "Eko"}}]
    entry = {"id": "1", "changes": [{"field": "messages", "value": changed}]}
    return {"object": "whatsapp_business_account", "entry": [entry]}
