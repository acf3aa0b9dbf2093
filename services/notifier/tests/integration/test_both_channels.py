"""A whole notifier of a region that sends life-safety on both channels at once, with real protocols on both sides."""

import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from chassis.kernel.alert import Alert, Lane
from chassis.testing.until import until
from kentongan.notifier.v1 import delivery_pb2
from notifier.application.carrier_errors import Unreachable
from notifier.application.incoming import Receipt, ReceiptState
from notifier.domain.delivery import State

pytestmark = pytest.mark.integration
VILLAGE = "33.17.12.2002"
INCIDENT = "destana.incident"
PHONE = "+628120000002"


@pytest.fixture
async def both(stopped: Any, tmp_path: Path) -> Any:
    """A running notifier of such a region."""
    pack = copytree(stopped.settings.process.region, tmp_path / "pack")
    about = (pack / "region.yaml").read_text()
    (pack / "region.yaml").write_text(about.replace("on_both_channels: false", "on_both_channels: true"))
    stopped.settings = replace(stopped.settings, process=replace(stopped.settings.process, region=pack))
    await stopped.start()
    await until(lambda: bool(stopped.centre.sockets), what="the bind")
    return stopped


async def warned(notifier: Any, *, talking: bool = False) -> Alert:
    people = tuple(await notifier.people((PHONE, "midwife", VILLAGE, "sms")))
    if talking:
        await notifier.process.pool.execute(
            "insert into conversation(id, version, whatsapp_at) values ($1, 1, now())", people[0]
        )
    alert: Alert = await notifier.raise_alert(
        INCIDENT, notifier.values(INCIDENT), contacts=people, lane=Lane.LIFE_SAFETY
    )
    return alert


async def told(notifier: Any, alert: Alert) -> Counter[str]:
    """Different facts of the alert on the bus, by kind."""
    facts = await notifier.read("kentongan.notifier.delivery.v1", delivery_pb2.DeliveryFact)
    known = {one.metadata.event_id: one for one in facts if one.alert_id == str(alert.id)}
    return Counter(str(one.WhichOneof("fact")) for one in known.values())


async def tells(notifier: Any, alert: Alert, **wanted: int) -> None:
    async def there() -> bool:
        return await told(notifier, alert) == Counter(wanted)

    try:
        await until(there, 40)
    except TimeoutError:
        raise AssertionError(f"told is {await told(notifier, alert)}, wanted {wanted}") from None


def sink(notifier: Any) -> Any:
    return next(part for part in notifier.process._started if part.name == "inbound")


async def test_the_same_words_reach_both_phones_and_nothing_follows(both: Any) -> None:
    alert = await warned(both, talking=True)
    await both.reach(alert, State.SENT, State.SENT)
    [text], [body] = both.sent(), both.api.bodies
    assert body["interactive"]["body"]["text"] == text
    await tells(both, alert, alert_planned=1, delivery_sent=2)
    assert await both.fetchval("select count(*) from delivery where due is not null") == 0
    await both.centre.receipt("1", source=PHONE.removeprefix("+"))
    await both.reach(alert, State.SENT, State.DELIVERED)
    await sink(both).on_receipt(
        [Receipt("whatsapp", ("wamid.1",), ReceiptState.FAILED, PHONE, failure=Unreachable())]
    )
    await both.reach(alert, State.FAILED, State.DELIVERED)
    await tells(both, alert, alert_planned=1, delivery_sent=2, delivery_delivered=1, delivery_rerouted=1)


async def test_an_sms_centre_that_is_silent_holds_up_nothing_on_whatsapp(both: Any) -> None:
    both.centre.mute = True
    began = time.monotonic()
    alert = await warned(both)
    await until(lambda: bool(both.api.bodies), 20)
    took = time.monotonic() - began
    assert State.SENDING in await both.states(alert)
    assert took < 10, f"{took:.1f} s"
    both.centre.mute = False


async def test_when_neither_channel_reaches_the_person_one_failure_is_told(both: Any) -> None:
    both.api.error = 131026
    both.centre.status = lambda _: 0x0B  # invalid destination address
    alert = await warned(both)
    await both.reach(alert, State.FAILED, State.FAILED)
    await tells(both, alert, alert_planned=1, delivery_rerouted=1, delivery_failed=1)
