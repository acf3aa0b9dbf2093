"""The channel a copy begins on: the person's own, unless the day's tier is used up or no carrier serves it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from plans import NOW, Desk, desk

from notifier.adapters.beginnings import PlanningRules
from notifier.domain.channel import Channel
from notifier.domain.lane import Lane, channel_of

pytestmark = pytest.mark.integration


@pytest.fixture
async def planner(database: Any) -> AsyncIterator[Desk]:
    made = await desk(database)
    made.rules = PlanningRules(timedelta(hours=24), spare={Lane.URGENT: 2})
    await made.pool.execute("update whatsapp_account set tier = 6")
    yield made
    await made.pool.close()


async def begun(planner: Desk, alert: Any) -> dict[tuple[Channel, str], int]:
    rows = await planner.pool.fetch(
        "select queue, reason, count(*) from delivery where alert = $1 group by queue, reason", alert.id
    )
    return {(channel_of(queue), reason): count for queue, reason, count in rows}


async def carrier(planner: Desk, channel: Channel, *, up: bool, age: float = 1, since: float = 10) -> None:
    await planner.pool.execute(
        "insert into carrier_health values ($1, 'p', $2, $3, $4, '', null, 10, 0, 0, 0, 0, '', null, $5)",
        f"{channel.value}-carrier",
        channel.value,
        up,
        NOW - timedelta(seconds=since),
        NOW - timedelta(seconds=age),
    )


async def test_who_finds_no_place_in_the_tier_begins_with_sms_and_a_share_is_kept(planner: Desk) -> None:
    await planner.people(10, preferred="whatsapp")
    await planner.people(3)
    alert = await planner.raised()
    assert await begun(planner, alert) == {
        (Channel.WHATSAPP, ""): 4,
        (Channel.SMS, "tier"): 6,
        (Channel.SMS, ""): 3,
    }
    assert await planner.facts(alert, "DeliveryRerouted") == 6
    warning = await planner.raised(lane=Lane.LIFE_SAFETY)
    assert (await begun(planner, warning))[Channel.WHATSAPP, ""] == 6


async def test_a_carrier_that_is_down_since_just_now_is_waited_for(planner: Desk) -> None:
    await planner.people(4)
    await carrier(planner, Channel.SMS, up=False, since=1)
    await carrier(planner, Channel.WHATSAPP, up=True)
    assert await begun(planner, await planner.raised()) == {(Channel.SMS, ""): 4}


async def test_an_open_conversation_needs_no_place(planner: Desk) -> None:
    await planner.people(10, preferred="whatsapp")
    await planner.pool.execute(
        "insert into conversation(id, version, whatsapp_at) select id, 1, $1 from contact", NOW - timedelta(hours=1)
    )
    assert await begun(planner, await planner.raised()) == {(Channel.WHATSAPP, ""): 10}


async def test_who_has_no_phone_stays_with_whatsapp(planner: Desk) -> None:
    await planner.people(10, preferred="whatsapp")
    await planner.pool.execute("update contact set whatsapp_hash = phone_hash, phone_hash = null")
    assert await begun(planner, await planner.raised()) == {(Channel.WHATSAPP, ""): 10}


async def test_nobody_begins_where_no_carrier_is_up(planner: Desk) -> None:
    await planner.people(3)
    await planner.people(2, preferred="whatsapp")
    await carrier(planner, Channel.SMS, up=False)
    await carrier(planner, Channel.WHATSAPP, up=True)
    await planner.pool.execute("update whatsapp_account set tier = 250")
    alert = await planner.raised()
    assert await begun(planner, alert) == {(Channel.WHATSAPP, "carrier_down"): 3, (Channel.WHATSAPP, ""): 2}
    assert await planner.facts(alert, "DeliveryRerouted") == 3


@pytest.mark.parametrize(("sms", "whatsapp", "age"), [(False, False, 1), (False, True, 60), (True, True, 1)])
async def test_old_words_and_carriers_that_are_all_down_change_nothing(
    planner: Desk,
    sms: bool,  # noqa: FBT001 - a column of the table
    whatsapp: bool,  # noqa: FBT001 - as above
    age: float,
) -> None:
    await planner.people(3)
    await carrier(planner, Channel.SMS, up=sms, age=age)
    await carrier(planner, Channel.WHATSAPP, up=whatsapp)
    assert await begun(planner, await planner.raised()) == {(Channel.SMS, ""): 3}
