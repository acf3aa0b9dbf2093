"""Both copies of life-safety on their way: neither waits for the other, and what is told is about the person."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from plans import NOW
from twins import SMS, WA, Both, Fake, both

from chassis.testing.until import until
from notifier.adapters.deliveries import LaneDeliveries
from notifier.application.carrier_errors import CarrierDown, Unreachable
from notifier.application.consequences import Times
from notifier.application.incoming import Receipt, ReceiptState
from notifier.application.ports import Claimed, Outcome
from notifier.domain.alert import Alert
from notifier.domain.channel import Channel
from notifier.domain.delivery import Next, State
from notifier.domain.lane import Lane, queue_of
from notifier.entrypoints.lanes import LaneWorker

pytestmark = pytest.mark.integration
QUEUE = {channel: queue_of(Lane.LIFE_SAFETY, channel) for channel in Channel}
TIMES = Times(timedelta(hours=24), timedelta(seconds=1))
FAILED, SENT = Next(State.FAILED, "unreachable"), Next(State.SENT)


class Standing:
    """A clock that stands, so that nothing expires while a test is slow."""

    def now(self) -> datetime:
        return NOW


@pytest.fixture
async def planner(database: Any) -> AsyncIterator[Both]:
    made = await both(database)
    yield made
    await made.pool.close()


@pytest.fixture
async def lane(planner: Both) -> AsyncIterator[LaneDeliveries]:
    made = await planner.lane()
    yield made
    await made.close()


@asynccontextmanager
async def walking(planner: Both, sms: Fake, whatsapp: Fake) -> AsyncIterator[None]:
    """Somebody owns the lane and sends."""
    worker = LaneWorker(Lane.LIFE_SAFETY, planner.lane, {SMS: sms, WA: whatsapp}, Standing(), TIMES)
    await worker.start()
    try:
        yield
    finally:
        await worker.stop()


async def claim(lane: LaneDeliveries, channel: Channel) -> list[Claimed]:
    return await lane.turn(QUEUE[channel], (), range(1, await lane.head(QUEUE[channel]) + 1), NOW)


async def end(lane: LaneDeliveries, channel: Channel, claimed: Sequence[Claimed], what: Next) -> None:
    """Store what became of them, by one carrier."""
    outcomes = [
        Outcome(
            one,
            what,
            await lane.told(one.alert),
            f"{channel.value}-carrier" if what == SENT else "",
            (f"{channel.value}-{one.id}",) if what == SENT else (),
        )
        for one in claimed
    ]
    await lane.turn(QUEUE[channel], outcomes, range(0), NOW)


async def sent_by_both(planner: Both, lane: LaneDeliveries, count: int) -> tuple[Alert, list[UUID]]:
    who = await planner.villagers(count)
    alert = await planner.warned()
    for channel in (SMS, WA):
        await end(lane, channel, await claim(lane, channel), SENT)
    return alert, who


def receipt(channel: Channel, one: Claimed | UUID, state: ReceiptState) -> Receipt:
    failure = Unreachable() if state is ReceiptState.FAILED else None
    return Receipt(f"{channel.value}-carrier", (f"{channel.value}-{one}",), state, failure=failure)


async def ids(planner: Both, alert: Alert) -> list[UUID]:
    """What carriers were given as the deliveries' ids."""
    rows = await planner.pool.fetch(
        "select carrier_id from carrier_message where channel = 'sms' and alert = $1", alert.id
    )
    return [UUID(row[0].removeprefix("sms-")) for row in rows]


# --- at once


async def test_a_carrier_that_never_answers_holds_up_one_copy_and_not_the_other(planner: Both) -> None:
    who = await planner.villagers(120)
    alert = await planner.warned()
    sms, whatsapp = Fake(SMS, mute=True), Fake(WA)
    began = time.monotonic()
    async with walking(planner, sms, whatsapp):
        await until(lambda: len(set(whatsapp.taken)) == len(who), 20)
        took = time.monotonic() - began
        assert sms.asked <= 50  # the window is full, nothing else moves there
        assert sms.taken == []
        rows = await planner.rows(alert)
        assert {rows[one, SMS][0] for one in who} <= {State.SENDING, State.PLANNED}
    assert took < 15  # tenths of a second on a quiet machine


async def test_a_dead_carrier_is_not_asked_again_and_again_and_gets_its_copies_when_it_is_back(planner: Both) -> None:
    who = await planner.villagers(120)
    alert = await planner.warned()
    sms, whatsapp = Fake(SMS, up=False, error=CarrierDown()), Fake(WA)
    async with walking(planner, sms, whatsapp):
        await until(lambda: len(set(whatsapp.taken)) == len(who), 20)
        await asyncio.sleep(6)  # longer than the patience of life-safety
        assert sms.asked < 120
        rows = await planner.rows(alert)
        assert {rows[one, SMS][0] for one in who} <= {State.PLANNED, State.SENDING}
        sms.up, sms.error = True, None
        await until(lambda: len(sms.taken) == len(who), 20)
    assert "DeliveryFailed" not in await planner.told(alert)
    assert "DeliveryRerouted" not in await planner.told(alert)
    assert await planner.told(alert) == {"DeliverySent": 2 * len(who)}


async def test_who_can_go_the_other_way_does_not_wait_behind_twins_of_a_dead_carrier(planner: Both) -> None:
    who = await planner.villagers(60)
    await planner.warned()
    alone = await planner.warned(channel=SMS)
    sms, whatsapp = Fake(SMS, up=False, error=CarrierDown()), Fake(WA)
    async with walking(planner, sms, whatsapp):
        await until(lambda: len(set(whatsapp.taken)) == 2 * len(who), 20)
    assert await planner.told(alone) == {"DeliveryRerouted": len(who), "DeliverySent": len(who)}


async def test_neither_copy_follows_the_other_on_its_channel(planner: Both) -> None:
    [one] = await planner.villagers(1)
    alert = await planner.warned()
    sms, whatsapp = Fake(SMS), Fake(WA)
    async with walking(planner, sms, whatsapp):
        await until(lambda: len(sms.taken) == len(whatsapp.taken) == 1, 20)
        await asyncio.sleep(2)
    assert (len(sms.taken), len(whatsapp.taken)) == (1, 1)
    assert {state for state, _ in (await planner.rows(alert)).values()} == {State.SENT}
    assert await planner.pool.fetchval("select count(*) from delivery where due is not null") == 0
    assert sms.taken == whatsapp.taken  # the person's one delivery
    assert (one, SMS) in await planner.rows(alert)


@pytest.mark.parametrize("channel", Channel)
async def test_what_a_crash_left_unclear_on_one_channel_goes_again_there_only(
    planner: Both, lane: LaneDeliveries, channel: Channel
) -> None:
    who = await planner.villagers(3)
    alert = await planner.warned()
    spare = WA if channel is SMS else SMS
    await end(lane, spare, await claim(lane, spare), SENT)
    await claim(lane, channel)
    await lane.recover(QUEUE[channel], NOW)
    await lane.recover(QUEUE[spare], NOW)
    rows = await planner.rows(alert)
    assert {rows[one, channel] for one in who} == {(State.PLANNED, "unclear")}
    assert {rows[one, spare][0] for one in who} == {State.SENT}


# --- what is told of the person


async def test_both_fail_at_the_same_moment_and_one_failure_is_told(planner: Both, lane: LaneDeliveries) -> None:
    who = await planner.villagers(40)
    alert = await planner.warned()
    sms, whatsapp = (
        {one.contact: one for one in await claim(lane, SMS)},
        {one.contact: one for one in await claim(lane, WA)},
    )
    for one in who:
        await asyncio.gather(end(lane, SMS, [sms[one]], FAILED), end(lane, WA, [whatsapp[one]], FAILED))
    assert await planner.told(alert) == {"DeliveryFailed": len(who), "DeliveryRerouted": len(who)}
    assert {state for state, _ in (await planner.rows(alert)).values()} == {State.FAILED}


async def test_batches_that_fail_crosswise_do_not_wait_for_each_other_in_a_ring(
    planner: Both, lane: LaneDeliveries
) -> None:
    who = await planner.villagers(40)
    alerts = [await planner.warned() for _ in range(2)]
    sms, whatsapp = await claim(lane, SMS), await claim(lane, WA)
    half = len(who) // 2
    began = time.monotonic()
    await asyncio.gather(
        end(lane, SMS, sms[:half] + sms[-half:], FAILED),
        end(lane, WA, whatsapp[-half:] + whatsapp[:half], FAILED),
        end(lane, SMS, sms[half:-half], SENT),
        end(lane, WA, whatsapp[half:-half], FAILED),
    )
    assert time.monotonic() - began < 8
    told = [await planner.told(alert) for alert in alerts]
    assert sum(one["DeliveryFailed"] for one in told) == len(who)
    assert sum(one["DeliverySent"] for one in told) == len(who)


async def test_one_fails_and_the_other_is_sent_and_nobody_is_told_to_be_out_of_reach(
    planner: Both, lane: LaneDeliveries
) -> None:
    await planner.villagers(3)
    alert = await planner.warned()
    await end(lane, SMS, await claim(lane, SMS), FAILED)
    await end(lane, WA, await claim(lane, WA), SENT)
    assert await planner.told(alert) == {"DeliveryRerouted": 3, "DeliverySent": 3}
    assert set(await planner.reasons(alert, "DeliveryRerouted")) == {"unreachable"}


async def test_an_outcome_that_is_stored_again_tells_nothing_else(planner: Both, lane: LaneDeliveries) -> None:
    await planner.villagers(2)
    alert = await planner.warned()
    sms, whatsapp = await claim(lane, SMS), await claim(lane, WA)
    await end(lane, SMS, sms, FAILED)
    await end(lane, WA, whatsapp, FAILED)
    before = await planner.told(alert)
    await end(lane, WA, whatsapp, FAILED)  # the commit's answer was lost
    assert await planner.told(alert) == before == {"DeliveryFailed": 2, "DeliveryRerouted": 2}


async def test_dropped_on_one_channel_and_failed_on_the_other_is_told_as_it_is_counted(
    planner: Both, lane: LaneDeliveries
) -> None:
    [one] = await planner.villagers(1)
    alert = await planner.warned()
    claimed = await claim(lane, SMS)
    await planner.stand(alert, [one], WA, State.DROPPED, "cancelled")
    await end(lane, SMS, claimed, FAILED)
    assert await planner.told(alert) == {"DeliveryDropped": 1}
    assert await planner.reasons(alert, "DeliveryDropped") == ["cancelled"]


async def test_receipts_that_fail_both_copies_tell_one_failure(planner: Both, lane: LaneDeliveries) -> None:
    alert, who = await sent_by_both(planner, lane, 20)
    deliveries, receipts = await ids(planner, alert), planner.receipts()
    together = [receipt(channel, one, ReceiptState.FAILED) for one in deliveries[:5] for channel in (SMS, WA)]
    await receipts.take(together, NOW)
    await asyncio.gather(
        *(
            receipts.take([receipt(channel, one, ReceiptState.FAILED)], NOW)
            for one in deliveries[5:]
            for channel in (SMS, WA)
        )
    )
    told = await planner.told(alert, "DeliverySent")
    assert told == {"DeliveryFailed": len(who), "DeliveryRerouted": len(who)}


async def test_a_receipt_and_a_carrier_s_refusal_at_the_same_moment_tell_one_failure(
    planner: Both, lane: LaneDeliveries
) -> None:
    who = await planner.villagers(20)
    alert = await planner.warned()
    await end(lane, SMS, await claim(lane, SMS), SENT)
    whatsapp, receipts = await claim(lane, WA), planner.receipts()
    lost = [receipt(SMS, one, ReceiptState.FAILED) for one in await ids(planner, alert)]
    await asyncio.gather(
        *(receipts.take([one], NOW) for one in lost), *(end(lane, WA, [one], FAILED) for one in whatsapp)
    )
    told = await planner.told(alert, "DeliverySent")
    assert told == {"DeliveryFailed": len(who), "DeliveryRerouted": len(who)}


async def test_a_receipt_acts_on_the_copy_of_its_channel(planner: Both, lane: LaneDeliveries) -> None:
    alert, [one] = await sent_by_both(planner, lane, 1)
    [delivery], receipts = await ids(planner, alert), planner.receipts()
    await receipts.take([receipt(SMS, delivery, ReceiptState.FAILED)], NOW)
    await receipts.take([receipt(WA, delivery, ReceiptState.READ)], NOW)
    rows = await planner.rows(alert)
    assert (rows[one, SMS][0], rows[one, WA][0]) == (State.FAILED, State.READ)
    assert await planner.told(alert, "DeliverySent") == {"DeliveryRead": 1, "DeliveryRerouted": 1}


async def test_receipts_of_both_channels_in_one_batch_reach_both_copies(planner: Both, lane: LaneDeliveries) -> None:
    alert, [one] = await sent_by_both(planner, lane, 1)
    [delivery] = await ids(planner, alert)
    await planner.receipts().take(
        [receipt(SMS, delivery, ReceiptState.DELIVERED), receipt(WA, delivery, ReceiptState.DELIVERED)], NOW
    )
    rows = await planner.rows(alert)
    assert (rows[one, SMS][0], rows[one, WA][0]) == (State.DELIVERED, State.DELIVERED)
    assert await planner.told(alert, "DeliverySent") == {"DeliveryDelivered": 1}
