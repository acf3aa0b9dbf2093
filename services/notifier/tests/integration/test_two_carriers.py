"""Two SMS carriers: one takes over from the other, each is paced by itself, life-safety is ahead."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from chassis.kernel.alert import Lane
from chassis.testing.until import until
from notifier.adapters.fleets import read_carriers
from notifier.adapters.smpp.commands import Status
from notifier.adapters.smpp.settings import parse
from notifier.adapters.smpp.testing import Centre
from notifier.domain.delivery import State

pytestmark = pytest.mark.integration
VILLAGE = "33.17.12.2002"
REPLY = {"text": "Tercatat."}


@pytest.fixture
async def second() -> AsyncIterator[Centre]:
    async with Centre() as centre:
        yield centre


@pytest.fixture
async def both(stopped: Any, second: Centre) -> Any:
    await stopped.start(more_sms=read_carriers(second.url("name=second")))
    await until(lambda: bool(stopped.centre.sockets and second.sockets), what="both binds")
    return stopped


async def people(notifier: Any, count: int, role: str = "resident") -> tuple[Any, ...]:
    rows = [(f"+62812{len(role):03}0{number:04}", role, VILLAGE, "sms") for number in range(count)]
    return tuple(await notifier.people(*rows))


async def carriers_of(notifier: Any, alert: Any) -> set[str]:
    rows = await notifier.process.pool.fetch("select carrier from carrier_message where alert = $1", alert.id)
    return {row["carrier"] for row in rows}


async def test_the_second_takes_over_when_the_first_is_dead_and_gives_back_when_it_lives(both: Any):
    contacts = await people(both, 5)
    first = await both.raise_alert("reply", REPLY, contacts=contacts)
    await both.reach(first, *[State.SENT] * 5)
    assert await carriers_of(both, first) == {"smpp"}
    both.centre.bind_status = Status.SYSTEM_ERROR
    both.centre.drop()
    await until(lambda: not both.centre.sockets or both.centre.bind_status, what="the drop")
    during = await both.raise_alert("reply", {"text": "Dua."}, contacts=contacts)
    await both.reach(during, *[State.SENT] * 5)
    assert await carriers_of(both, during) == {"second"}
    both.centre.bind_status = 0

    async def back() -> bool:
        again = await both.raise_alert("reply", {"text": "Tiga."}, contacts=contacts[:1])
        await both.reach(again, State.SENT)
        return await carriers_of(both, again) == {"smpp"}

    await until(back, 40)
    assert not both.api.bodies, "nobody was written to on WhatsApp: there was an SMS carrier all the time"


@pytest.mark.parametrize("status", [Status.THROTTLED, Status.QUEUE_FULL])
async def test_a_carrier_that_asks_for_rest_pauses_alone_and_nobody_sees_an_error(
    both: Any, second: Centre, status: Status
):
    both.centre.status = lambda _: status
    alert = await both.raise_alert("reply", REPLY, contacts=await people(both, 8))
    await both.reach(alert, *[State.SENT] * 8)
    await both.facts(alert, "alert_planned", *["delivery_sent"] * 8)
    assert len(second.submits) == 8

    async def seen() -> bool:
        question = "select coalesce(sum(throttled), 0) from carrier_health where carrier = 'smpp'"
        return bool(await both.process.pool.fetchval(question))

    await until(seen, what="the operators' view of it")


async def test_receipts_of_the_second_are_its_own_though_the_ids_are_the_same(both: Any, second: Centre):
    contacts = await people(both, 1)
    one = await both.raise_alert("reply", REPLY, contacts=contacts)
    await both.reach(one, State.SENT)
    both.centre.status = lambda _: Status.THROTTLED
    two = await both.raise_alert("reply", {"text": "Dua."}, contacts=contacts)
    await both.reach(two, State.SENT)
    both.centre.status = lambda _: Status.OK
    assert await second.receipt("1", source="6281200800000") == 0
    await both.reach(two, State.DELIVERED)
    assert await both.states(one) == [State.SENT]


async def test_behind_a_paced_carrier_life_safety_goes_ahead_of_all_that_waits(stopped: Any):
    await stopped.start(smpp=parse(stopped.centre.url("rate=10")))
    await until(lambda: bool(stopped.centre.sockets), what="the bind")
    crowd, [guard] = await people(stopped, 40), await people(stopped, 1, "bpbd_duty")
    flood = await stopped.raise_alert("reply", {"text": "rutin"}, contacts=crowd, lane=Lane.ROUTINE)
    await until(lambda: len(stopped.centre.submits) >= 3, what="the first routine messages")
    warning = await stopped.raise_alert("reply", {"text": "awas"}, contacts=(guard,), lane=Lane.LIFE_SAFETY)
    await stopped.reach(warning, State.SENT)
    texts = stopped.sent()
    assert "awas" in texts[:30], f"{texts.index('awas')} routine messages went first"
    assert len(texts) < 40
    del flood
