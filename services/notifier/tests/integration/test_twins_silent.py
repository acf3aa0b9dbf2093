"""Silence after life-safety on both channels: nothing is left to try with the same person, others are brought in."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest
from plans import NOW, REGION
from twins import SMS, WA, Both, both

from notifier.adapters.beginnings import Beginnings, PlanningRules
from notifier.adapters.chains import around, read_chains
from notifier.adapters.escalating import Escalating
from notifier.adapters.escalation_steps import Ways
from notifier.adapters.rosters import order
from notifier.adapters.templates import Templates
from notifier.domain.alert import Alert
from notifier.domain.attention import Attention
from notifier.domain.audience import Audience, Group, Reach
from notifier.domain.delivery import State
from notifier.domain.lane import Lane

pytestmark = pytest.mark.integration
DUTY = Audience((Group("bpbd_duty", "33.17", Reach.SERVING),))
TEXTS = Templates.of(REGION)
CHAINS = read_chains(REGION, TEXTS.names())


@pytest.fixture
async def planner(database: Any) -> AsyncIterator[Both]:
    made = await both(database)
    made.rules = replace(made.rules, chains=CHAINS)
    yield made
    await made.pool.close()


def escalating(planner: Both) -> Escalating:
    ways = Ways(
        CHAINS,
        order,
        around(REGION),
        lambda connection, lane, now: Beginnings(planner.rules, lane, planner.pool, connection, now),
        TEXTS.approved,
    )
    return Escalating(planner.pool, ways)


async def asked(planner: Both, lane: Lane = Lane.LIFE_SAFETY) -> tuple[Alert, Any, Any]:
    """One officer on duty who is asked, one off duty."""
    await planner.people(1, "33.17", role="bpbd_duty")
    [first] = await planner.contacts()
    await planner.people(1, "33.17", preferred="whatsapp", role="bpbd_duty")
    await planner.pool.execute("update contact set on_duty = false where id <> $1", first)
    [second] = await planner.contacts("not on_duty")
    alert = await planner.warned(audience=DUTY, lane=lane, acknowledge_by=NOW + timedelta(minutes=10))
    return alert, first, second


async def test_the_other_channel_is_no_step_any_more_and_a_stand_in_is_told_on_both(planner: Both) -> None:
    alert, first, second = await asked(planner)
    for channel in (SMS, WA):
        await planner.stand(alert, [first], channel, State.SENT)
    walk = escalating(planner)
    while (await walk.turn(NOW + timedelta(hours=1))).more:
        pass
    rows = await planner.rows(alert)
    assert set(rows) == {(one, channel) for one in (first, second) for channel in (SMS, WA)}
    assert (rows[first, SMS], rows[first, WA]) == ((State.SENT, ""), (State.SENT, ""))
    assert (await planner.stored(alert)).planned == 2
    told = await planner.told(alert)
    assert "DeliveryRerouted" not in told
    assert told["DeliveryPlanned"] == 2


async def test_who_has_answered_is_spared_the_copy_that_still_waits(planner: Both) -> None:
    alert, first, _ = await asked(planner)
    other = await planner.warned(audience=DUTY, acknowledge_by=NOW + timedelta(minutes=10))
    await planner.stand(alert, [first], WA, State.READ)
    await planner.pool.execute("update acknowledgement set at = $1, via = 'word'", NOW)
    await escalating(planner).spare(NOW)
    rows = await planner.rows(alert)
    assert (rows[first, SMS], rows[first, WA]) == ((State.DROPPED, "answered"), (State.READ, ""))
    assert {state for state, _ in (await planner.rows(other)).values()} == {State.PLANNED}  # nothing was sent yet
    assert await planner.told(alert) == {"DeliveryPlanned": 1}


async def test_a_stand_in_does_not_begin_where_no_carrier_is_up_nor_wait_for_a_digest(planner: Both) -> None:
    planner.rules = PlanningRules(timedelta(hours=24), Attention(0, time(17), REGION.timezone), chains=CHAINS)
    alert, _, second = await asked(planner, Lane.ROUTINE)
    await planner.pool.execute(
        "insert into carrier_health values ('c', 'p', 'whatsapp', false, $1, '', null, 10, 0, 0, 0, 0, '', null, $2),"
        " ('d', 'p', 'sms', true, $1, '', null, 10, 0, 0, 0, 0, '', null, $2)",
        NOW,
        NOW + timedelta(hours=1),
    )
    walk = escalating(planner)
    while (await walk.turn(NOW + timedelta(hours=1))).more:
        pass
    rows = await planner.rows(alert)
    assert {key: row for key, row in rows.items() if key[0] == second} == {
        (second, SMS): (State.PLANNED, "carrier_down")
    }
