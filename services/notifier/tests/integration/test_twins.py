"""Life-safety on both channels at once: who gets two copies, and that each person counts once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import time, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from plans import NOW, PAGE, CrashError, DoomedPool
from twins import SMS, VAULT, WA, Both, both

from chassis.postgres.outbox import Outbox
from chassis.testing.clock import MovableClock
from kentongan.notifier.v1 import alert_views_pb2
from notifier.adapters import counting
from notifier.adapters.alert_views import AlertViews
from notifier.adapters.counting import Watch
from notifier.adapters.directory import Directory
from notifier.adapters.erasures import Erasures
from notifier.adapters.expiring import Expiry
from notifier.adapters.histories import Histories
from notifier.adapters.progress import Progress
from notifier.application import sparing
from notifier.domain.alert import Alert, AlertState, Words
from notifier.domain.attention import Attention
from notifier.domain.delivery import State
from notifier.domain.lane import Lane
from notifier.domain.twins import STANDING
from notifier.entrypoints.alert_bounds import Bounds, Sight
from notifier.entrypoints.alert_views import AlertViewService

pytestmark = pytest.mark.integration
WORDS = Words("destana.incident", b"other")
LATER = NOW + timedelta(hours=7)


@pytest.fixture
async def planner(database: Any) -> AsyncIterator[Both]:
    made = await both(database)
    yield made
    await made.pool.close()


async def called_off(planner: Both, alert: Alert) -> Alert:
    """Call it off; gives the alert that tells so, planned."""
    old = await planner.stored(alert)
    end = old.ended_by(WORDS, uuid4(), NOW)
    old.cancel("selesai")
    await planner.keep(old, end)
    await planner.plan(Lane.LIFE_SAFETY)
    await planner.plan(Lane.LIFE_SAFETY)
    return end


def by_channel(rows: dict[Any, Any]) -> dict[Any, int]:
    channels = [channel for _, channel in rows]
    return {channel: channels.count(channel) for channel in channels}


# --- who gets two copies


async def test_everybody_with_both_channels_gets_two_copies_and_counts_once(planner: Both) -> None:
    await planner.people(2 * PAGE + 3)
    await planner.people(5, preferred="whatsapp")
    alert = await planner.warned(acknowledge_by=NOW + timedelta(minutes=10))
    assert by_channel(await planner.rows(alert)) == {SMS: 2 * PAGE + 8, WA: 2 * PAGE + 8}
    assert (await planner.stored(alert)).planned == 2 * PAGE + 8
    assert await planner.told(alert) == {"DeliveryPlanned": 2 * PAGE + 8}


@pytest.mark.parametrize("lane", [Lane.URGENT, Lane.ROUTINE])
async def test_other_lanes_use_one_channel(planner: Both, lane: Lane) -> None:
    await planner.people(3)
    assert by_channel(await planner.rows(await planner.warned(lane=lane))) == {SMS: 3}


async def test_without_the_region_s_word_life_safety_uses_one_channel(planner: Both) -> None:
    planner.rules = type(planner.rules)(timedelta(hours=24))
    await planner.people(3)
    assert by_channel(await planner.rows(await planner.warned())) == {SMS: 3}


async def test_who_has_no_phone_gets_one_copy(planner: Both) -> None:
    await planner.people(3)
    await planner.pool.execute("update contact set whatsapp_hash = phone_hash, phone_hash = null")
    assert by_channel(await planner.rows(await planner.warned())) == {WA: 3}


async def test_who_finds_no_place_in_the_tier_gets_an_sms_only(planner: Both) -> None:
    await planner.pool.execute("update whatsapp_account set tier = 4")
    await planner.people(6)
    await planner.people(4, preferred="whatsapp")
    [talks] = (await planner.contacts())[-1:]
    await planner.pool.execute("insert into conversation(id, version, whatsapp_at) values ($1, 1, $2)", talks, NOW)
    alert = await planner.warned()
    assert by_channel(await planner.rows(alert)) == {SMS: 10, WA: 5}
    assert (talks, WA) in await planner.rows(alert)
    moved = await planner.pool.fetchval("select count(*) from delivery where reason = 'tier'")
    assert await planner.told(alert) == ({"DeliveryRerouted": moved} if moved else {})


async def test_a_text_that_whatsapp_has_not_approved_goes_there_only_into_open_conversations(planner: Both) -> None:
    await planner.people(3)
    [talks, *_] = await planner.contacts()
    await planner.pool.execute("insert into conversation(id, version, whatsapp_at) values ($1, 1, $2)", talks, NOW)
    rows = await planner.rows(await planner.warned(template="reply"))
    assert by_channel(rows) == {SMS: 3, WA: 1}
    assert (talks, WA) in rows


async def test_an_answer_goes_where_it_was_asked(planner: Both) -> None:
    await planner.people(1)
    assert by_channel(await planner.rows(await planner.warned(in_reply_to=uuid4()))) == {SMS: 1}
    assert by_channel(await planner.rows(await planner.warned(channel=WA))) == {WA: 1}


async def test_carriers_that_are_down_change_nothing(planner: Both) -> None:
    await planner.people(3)
    await planner.pool.execute(
        "insert into carrier_health values ('c', 'p', 'sms', false, $1, '', null, 10, 0, 0, 0, 0, '', null, $2),"
        " ('d', 'p', 'whatsapp', true, $1, '', null, 10, 0, 0, 0, 0, '', null, $2)",
        NOW - timedelta(seconds=20),
        NOW,
    )
    assert by_channel(await planner.rows(await planner.warned())) == {SMS: 3, WA: 3}


async def test_a_person_s_attention_is_counted_once(planner: Both) -> None:
    attention = Attention(3, time(17), ZoneInfo("Asia/Jakarta"))
    planner.rules = type(planner.rules)(timedelta(hours=24), attention, both_channels=True)
    await planner.people(2)
    await planner.warned()
    assert [row[0] for row in await planner.pool.fetch("select taken from attention")] == [1, 1]


async def test_a_crash_before_any_statement_loses_and_doubles_nobody(planner: Both) -> None:
    await planner.people(PAGE + 7)
    alert = planner.alert(lane=Lane.LIFE_SAFETY)
    await planner.keep(alert)
    crashes, more = 0, True
    while more:
        for statements in range(60):
            try:
                more = (await planner.planning(DoomedPool(planner.pool, statements)).turn(alert.lane, NOW)).more
                break
            except (CrashError, asyncpg.InterfaceError):  # the second where a transaction notices
                crashes += 1
    assert crashes > 10
    assert by_channel(await planner.rows(alert)) == {SMS: PAGE + 7, WA: PAGE + 7}
    assert (await planner.stored(alert)).planned == PAGE + 7


# --- everybody once


async def test_a_person_stands_where_the_better_copy_does(planner: Both) -> None:
    who = await planner.villagers(len(State) ** 2)
    alert = await planner.warned()
    pairs = [(one, two) for one in State for two in State]
    for person, (one, two) in zip(who, pairs, strict=True):
        await planner.stand(alert, [person], SMS, one)
        await planner.stand(alert, [person], WA, two)
    found = dict(await planner.pool.fetch("select contact, state from person_delivery where alert = $1", alert.id))
    assert [found[one] for one in who] == [min(pair, key=STANDING.index) for pair in pairs]


async def test_views_count_people_once_and_channels_each_copy(planner: Both) -> None:
    who = await planner.villagers(4)
    alert = await planner.warned(acknowledge_by=NOW + timedelta(minutes=10))
    await planner.stand(alert, who[:2], SMS, State.FAILED, "bad_number")
    await planner.stand(alert, who[1:3], WA, State.READ)
    await planner.stand(alert, who[:1], WA, State.FAILED, "unreachable")
    views, progress = AlertViews(planner.pool), Progress(planner.pool)
    head = await views.one(alert.id)
    assert head is not None
    states = {one.state: one.number for one in await views.by_state([alert.id])}
    assert states == {State.FAILED: 1, State.READ: 2, State.PLANNED: 1}
    assert sum(one.number for one in await views.by_reason(head)) == 4
    assert sum(one.number for one in await views.by_place(head)) == 4
    channels = {(one.key, one.state): one.number for one in await views.by_channel(head)}
    assert channels == {
        ("sms", State.FAILED): 2,
        ("sms", State.PLANNED): 2,
        ("whatsapp", State.FAILED): 1,
        ("whatsapp", State.READ): 2,
        ("whatsapp", State.PLANNED): 1,
    }
    asked = await progress.asked(alert.id, acknowledged=None, after=None, limit=10)
    assert [(one.contact, one.state) for one in asked] == [
        (who[0], State.FAILED),
        (who[1], State.READ),
        (who[2], State.READ),
        (who[3], State.PLANNED),
    ]
    listed = await Directory(planner.pool).deliveries(alert.id, None, 2)
    listed += await Directory(planner.pool).deliveries(alert.id, listed[-1].contact, 2)
    assert [one.contact for one in listed] == who


async def test_each_carrier_is_counted_with_its_own_copy(planner: Both) -> None:
    [one] = await planner.villagers(1)
    alert = await planner.warned()
    for channel, state in ((SMS, State.DELIVERED), (WA, State.SENT)):
        await planner.stand(alert, [one], channel, state)
        await planner.pool.execute(
            "insert into carrier_message(carrier, carrier_id, alert, contact, channel, at)"
            " values ($1 || '-carrier', 'm', $2, $3, $1, $4)",
            channel.value,
            alert.id,
            one,
            NOW,
        )
    views = AlertViews(planner.pool)
    head = await views.one(alert.id)
    assert head is not None
    carriers = {(found.key, found.state): found.number for found in await views.by_carrier(head)}
    assert carriers == {("sms-carrier", State.DELIVERED): 1, ("whatsapp-carrier", State.SENT): 1}


async def test_a_person_s_history_holds_both_copies_of_one_alert(planner: Both) -> None:
    [one] = await planner.villagers(1)
    earlier, alert = await planner.warned(), await planner.warned(accepted_at=NOW + timedelta(seconds=1))
    await planner.stand(alert, [one], SMS, State.FAILED, "bad_number")
    await planner.stand(alert, [one], WA, State.READ)
    histories = Histories(planner.pool)
    [latest] = await histories.latest(one, None, NOW - timedelta(days=1), 1)
    assert (latest.alert, latest.state) == (alert.id, State.READ)
    assert {(step.what, step.channel) for step in latest.steps} == {
        ("planned", None),
        ("failed", SMS),
        ("read", WA),
    }
    assert [each.alert for each in await histories.latest(one, None, NOW - timedelta(days=1), 5)] == [
        alert.id,
        earlier.id,
    ]


async def test_progress_and_result_count_people(planner: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("EVERY", "SELDOM"):
        monkeypatch.setattr(counting, name, 0)
    monkeypatch.setattr(sparing, "SHARE", 0)
    who = await planner.villagers(4)
    alert = await planner.warned()
    watch = Watch(planner.pool, Outbox(planner.pool))
    await planner.stand(alert, who, SMS, State.FAILED)
    await watch.turn(NOW)
    assert await planner.told(alert) == {"AlertProgressed": 1}  # WhatsApp still waits
    await planner.stand(alert, who[:3], WA, State.DELIVERED)
    await planner.stand(alert, who[3:], WA, State.FAILED)
    await watch.turn(NOW)
    assert await planner.told(alert) == {"AlertProgressed": 1, "AlertCompleted": 1}
    head = await AlertViews(planner.pool).one(alert.id)
    assert head is not None
    assert head.audience == 4


# --- what is called off, expires, is updated


async def test_called_off_with_one_copy_sent_tells_nothing_and_without_any_that_it_was_dropped(planner: Both) -> None:
    who = await planner.villagers(2 * PAGE + 3)
    alert = await planner.warned()
    sent, failed = who[:10], who[10:13]
    await planner.stand(alert, sent, WA, State.SENT)
    await planner.stand(alert, failed, SMS, State.FAILED)
    old = await planner.stored(alert)
    old.cancel("selesai")
    await planner.keep(old)
    await planner.plan(Lane.LIFE_SAFETY)
    rows = await planner.rows(alert)
    assert {rows[one, SMS] for one in sent} == {(State.DROPPED, "cancelled")}
    assert {rows[one, WA][0] for one in sent} == {State.SENT}
    assert await planner.told(alert) == {"DeliveryDropped": len(who) - 10}
    assert (await planner.stored(alert)).state is AlertState.CANCELLED


async def test_a_sweep_waits_for_the_copy_that_is_on_its_way(planner: Both) -> None:
    [one] = await planner.villagers(1)
    alert = await planner.warned()
    await planner.stand(alert, [one], SMS, State.SENDING)
    expiry = Expiry(planner.pool, Outbox(planner.pool), PAGE)
    await expiry.turn(LATER)
    assert (await planner.rows(alert))[one, WA] == (State.DROPPED, "expired")
    assert await planner.told(alert) == {}
    assert not await planner.pool.fetchval("select settled from alert where id = $1", alert.id)
    await planner.stand(alert, [one], SMS, State.WAITING)
    await expiry.turn(LATER)
    assert (await planner.rows(alert))[one, SMS] == (State.DROPPED, "expired")
    assert await planner.told(alert) == {"DeliveryDropped": 1}
    assert await planner.pool.fetchval("select settled from alert where id = $1", alert.id)


async def test_the_expiry_drops_both_copies_page_by_page_and_tells_once(planner: Both) -> None:
    who = await planner.villagers(PAGE + 1)
    alert = await planner.warned()
    expiry = Expiry(planner.pool, Outbox(planner.pool), 7)  # pages would part twins
    while await expiry.turn(LATER):
        pass
    assert {state for state, _ in (await planner.rows(alert)).values()} == {State.DROPPED}
    assert await planner.told(alert) == {"DeliveryDropped": len(who)}


async def test_an_update_and_the_end_reach_each_person_once(planner: Both) -> None:
    who = await planner.villagers(PAGE + 7)
    alert = await planner.warned()
    one_way, both_ways, nobody = who[:10], who[10:20], who[20:25]
    await planner.stand(alert, one_way, WA, State.DELIVERED)
    for channel in (SMS, WA):
        await planner.stand(alert, both_ways, channel, State.SENT)
        await planner.stand(alert, nobody, channel, State.FAILED)
    old = await planner.stored(alert)
    newer = old.succeeded_by(WORDS, uuid4(), NOW + timedelta(hours=6), NOW)
    old.give_way(newer.id)
    await planner.keep(old, newer)
    planner.page = 9
    await planner.plan(Lane.LIFE_SAFETY)
    assert (await planner.stored(newer)).planned == len(who) - 5
    assert by_channel(await planner.rows(newer)) == {SMS: len(who) - 5, WA: len(who) - 5}
    await planner.stand(newer, who[30:33], SMS, State.SENT)
    end = await called_off(planner, newer)
    got = {*one_way, *both_ways, *who[30:33]}
    assert {contact for contact, _ in await planner.rows(end)} == got
    assert (await planner.stored(end)).planned == len(got)


async def test_a_taken_copy_that_failed_is_not_got_though_its_twin_was_called_off(planner: Both) -> None:
    [one] = await planner.villagers(1)
    alert = await planner.warned()
    await planner.pool.execute(
        "insert into carrier_message(carrier, carrier_id, alert, contact, channel, at)"
        " values ('c', 'm', $1, $2, 'sms', $3)",
        alert.id,
        one,
        NOW,
    )
    await planner.stand(alert, [one], SMS, State.FAILED)
    end = await called_off(planner, alert)
    assert await planner.rows(end) == {}


async def test_two_sweeps_and_a_worker_at_the_same_moment_do_not_wait_for_each_other_in_a_ring(planner: Both) -> None:
    await planner.villagers(PAGE)
    alerts = [await planner.warned() for _ in range(3)]
    for alert in alerts[:2]:
        old = await planner.stored(alert)
        old.cancel("selesai")
        await planner.keep(old)
    sweeps = [Expiry(planner.pool, Outbox(planner.pool), PAGE).turn(LATER), planner.plan(Lane.LIFE_SAFETY)]
    await asyncio.gather(*sweeps)
    await Expiry(planner.pool, Outbox(planner.pool), PAGE).turn(LATER)
    for alert in alerts:
        assert await planner.told(alert) == {"DeliveryDropped": PAGE}


@pytest.mark.parametrize("by", ["CHANNEL", "CARRIER", "PLACE", "REASON", "UNSPECIFIED"])
async def test_however_an_alert_is_told_apart_the_whole_of_it_is_people(planner: Both, by: str) -> None:
    who = await planner.villagers(4)
    alert = await planner.warned()
    await planner.stand(alert, who[:3], SMS, State.SENT)
    await planner.stand(alert, who[:1], WA, State.READ)

    async def everywhere() -> Bounds:
        return Bounds(frozenset({"33.17"}), lambda _: ["33.17"], "33.17")

    seen = Sight(Directory(planner.pool), everywhere, ())
    service = AlertViewService(AlertViews(planner.pool), seen, str, MovableClock(NOW))
    request = alert_views_pb2.GetFunnelRequest(alert_id=str(alert.id), by=f"FUNNEL_BY_{by}")
    answer = await service.GetFunnel(request, None)
    whole = answer.alert.funnel
    assert (whole.audience, whole.planned, whole.sent, whole.read, whole.waiting) == (4, 4, 3, 1, 1)
    copies = 8 if by in {"CHANNEL", "CARRIER"} else 4
    assert sum(part.funnel.planned for part in answer.parts) == (0 if by == "UNSPECIFIED" else copies)


async def test_a_deleted_person_is_told_of_once_where_nothing_was_sent(planner: Both) -> None:
    [one] = await planner.villagers(1)
    sent, waiting = await planner.warned(), await planner.warned()
    await planner.stand(sent, [one], WA, State.SENT)
    await planner.pool.execute("insert into erasure(id, version, asked_at) values ($1, 1, $2)", one, NOW)
    assert await Erasures(planner.pool, VAULT, Outbox(planner.pool)).turn(NOW)
    assert (await planner.rows(sent))[one, SMS] == (State.DROPPED, "deleted")
    assert (await planner.rows(sent))[one, WA][0] is State.SENT
    assert await planner.told(sent) == {}
    assert await planner.told(waiting) == {"DeliveryDropped": 1}
