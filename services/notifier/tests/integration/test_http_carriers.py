"""A whole notifier whose SMS goes over HTTP: out, its receipt by callback, and what a person types by callback."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from chassis.settings import Address
from chassis.testing.ports import free_port
from chassis.testing.until import until
from handset.client import Handset
from handset.config import read
from handset.process import HandsetProcess
from notifier.adapters.fleets import read_carriers
from notifier.adapters.smpp.commands import Status
from notifier.config import GRPC, ROLES
from notifier.domain.delivery import State

pytestmark = pytest.mark.integration
PHONE, VILLAGE, SID, SECRET = "+6281200000001", "33.17.12.2002", "AC" + "7" * 32, "enam-belas-huruf-lebih"
WORDS = f"secret={SECRET}&id=%I&from=%p&to=%P&text=%b&coding=%c&charset=%C"
CARRIERS = {
    "twilio": f"twilio://{SID}:token@127.0.0.1:{{port}}?tls=false&from=KENTONGAN",
    "kannel": f"kannel://kentongan:secret@127.0.0.1:{{port}}?from=KENTONGAN&secret={SECRET}",
}


@dataclass
class Way:
    """One carrier of the handset, and the notifier that has nothing else."""

    name: str
    notifier: Any
    phones: Handset


@pytest.fixture(params=CARRIERS)
async def way(request: pytest.FixtureRequest, stopped: Any) -> AsyncIterator[Way]:
    name, hook = request.param, free_port()
    public = f"http://127.0.0.1:{hook}"
    told = {
        "http": "127.0.0.1:0",
        "smpp": "127.0.0.1:0",
        "twilio-sid": SID,
        "twilio-inbound-url": f"{public}/webhooks/twilio/twilio",
        "kannel-get-url": f"{public}/webhooks/kannel/kannel?{WORDS}",
    }
    stopped.centre.bind_status = Status.SYSTEM_ERROR  # SMPP is away
    async with AsyncExitStack() as stack:
        handset = HandsetProcess(read([f"--{name}={value}" for name, value in told.items()], {}))
        await handset.start()
        stack.push_async_callback(handset.stop)
        phones = await stack.enter_async_context(Handset(f"http://127.0.0.1:{handset.http_port}"))
        await stopped.start(
            more_sms=read_carriers(CARRIERS[name].format(port=handset.http_port)),
            public_url=public,
            webhook_address=Address("127.0.0.1", hook),
            roles=ROLES - {GRPC},
        )
        yield Way(name, stopped, phones)
        await stopped.stop()


async def test_a_message_goes_out_and_its_receipt_comes_back(way: Way) -> None:
    people = tuple(await way.notifier.people((PHONE, "midwife", VILLAGE, "sms")))
    alert = await way.notifier.raise_alert("reply", {"text": "Tercatat."}, contacts=people)
    got = await way.phones.expect(PHONE, "Tercatat", timeout=40)
    assert got["carrier"] == way.name
    await way.notifier.reach(alert, State.DELIVERED)
    await way.notifier.facts(alert, "alert_planned", "delivery_sent", "delivery_delivered")
    assert await way.notifier.fetchval("select carrier from carrier_message") == way.name


async def test_what_cannot_be_delivered_goes_by_the_other_channel(way: Way) -> None:
    people = tuple(await way.notifier.people((PHONE, "midwife", VILLAGE, "sms")))
    await way.phones.faults(**{way.name: {"undeliverable": 1}})
    template = "destana.incident"
    alert = await way.notifier.raise_alert(template, way.notifier.values(template), contacts=people)
    await until(lambda: len(way.notifier.api.bodies) == 1, 40)
    await way.notifier.facts(alert, "alert_planned", "delivery_sent", "delivery_rerouted", "delivery_sent")


async def test_what_a_person_types_reaches_its_service_once(way: Way) -> None:
    people = await way.notifier.people((PHONE, "resident", VILLAGE, "sms"))
    text = "BANJIR Sendangmulyo Kragan 60 — air naik"
    await way.phones.say(PHONE, text, carrier=way.name)
    [(fact, words)] = await way.notifier.field_messages("destana", 1)
    assert words == text
    assert fact.field_message_received.contact_id == str(people[0])
    assert await way.notifier.fetchval("select count(*) from message") == 1
