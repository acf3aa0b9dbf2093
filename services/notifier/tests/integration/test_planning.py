"""Audiences of any size, a page at a time: everybody once, in order, whatever happens in between."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from plans import NOW, PAGE, RESIDENTS, VILLAGE, CrashError, Desk, DoomedPool, desk

from notifier.adapters import audiences
from notifier.domain.alert import AlertState, Words
from notifier.domain.audience import Audience, Group, Reach
from notifier.domain.delivery import State
from notifier.domain.lane import Lane, queue_of

pytestmark = pytest.mark.integration
WORDS = Words("destana.incident", b"other")


@pytest.fixture
async def planner(database: Any) -> AsyncIterator[Desk]:
    made = await desk(database)
    yield made
    await made.pool.close()


@pytest.mark.parametrize("count", [1, PAGE - 1, PAGE, PAGE + 1, 3 * PAGE, 3 * PAGE + 7])
async def test_everybody_is_planned_once_and_the_queue_has_no_gap(planner: Desk, count: int) -> None:
    await planner.people(count)
    await planner.people(60, "33.17.01.2001", role="collector")
    alert = await planner.raised()
    assert set(await planner.copies(alert)) == set(await planner.contacts("held[1] like 'resident@%'"))
    assert (await planner.stored(alert)).planned == count
    seqs = [row[0] for row in await planner.pool.fetch("select seq from delivery order by seq")]
    assert seqs == list(range(1, count + 1))
    assert await planner.facts(alert, "AlertPlanned") == 1


async def test_a_range_without_anybody_in_it_is_passed_over(planner: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The audience is spread thinly over many ranges: pages are empty and more follows."""
    monkeypatch.setattr(audiences, "RANGE", 1)
    planner.page = 5
    await planner.people(200, role="collector")
    await planner.people(6)
    alert = await planner.raised()
    assert len(await planner.copies(alert)) == 6


async def test_a_big_audience_begins_with_few(planner: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is sent before its page is committed: the first do not wait for a whole page."""
    monkeypatch.setattr(audiences, "FIRST", 3)
    await planner.people(2 * PAGE)
    await planner.keep(planner.alert())
    turns = [await planner.planning(planner.pool).turn(Lane.URGENT, planner.now) for _ in range(3)]
    assert [(page.count, page.more) for page in turns] == [(3, True), (PAGE, True), (PAGE - 3, False)]


async def test_keys_of_all_kinds_lead_to_people_once(planner: Desk) -> None:
    await planner.people(50)
    await planner.people(30, "33.17.12.2003", role="midwife")
    await planner.people(10, "33.17", role="bpbd_duty")
    await planner.pool.execute("update contact set on_duty = false where id in (select id from contact limit 95)")
    [named] = (await planner.contacts("held[1] like 'midwife@%'"))[:1]
    who = Audience(
        (
            Group("resident", "33.17", Reach.WITHIN),
            Group("resident", VILLAGE, Reach.SERVING),
            Group("bpbd_duty", VILLAGE, Reach.SERVING),
        ),
        (named,),
    )
    alert = await planner.raised(who)
    wanted = "held[1] like 'resident@%' or (held[1] like 'bpbd_duty@%' and on_duty)"
    assert set(await planner.copies(alert)) == {*await planner.contacts(wanted), named}


async def test_routine_leaves_out_who_opted_out(planner: Desk) -> None:
    await planner.people(3 * PAGE)
    await planner.pool.execute("update contact set opted_out = true where id in (select id from contact limit 50)")
    routine, urgent = await planner.raised(lane=Lane.ROUTINE), await planner.raised()
    assert len(await planner.copies(routine)) == 3 * PAGE - 50
    assert len(await planner.copies(urgent)) == 3 * PAGE


async def crash_everywhere(planner: Desk, lane: Lane = Lane.URGENT) -> int:
    """Die before each statement of each turn in turn, then let it through; gives how often it died."""
    crashes = 0
    while True:
        for statements in range(100):
            pool = DoomedPool(planner.pool, statements)
            try:
                page = await planner.planning(pool).turn(lane, planner.now)
            except (CrashError, asyncpg.InterfaceError):  # the second where a transaction notices
                crashes += 1
                continue
            break
        if not page.more:
            return crashes


async def test_a_crash_before_any_statement_loses_and_doubles_nobody(planner: Desk) -> None:
    await planner.people(3 * PAGE + 7)
    await planner.people(20, preferred="whatsapp")
    alert = planner.alert(acknowledge_by=NOW + timedelta(minutes=10))
    await planner.keep(alert)
    assert await crash_everywhere(planner) > 20
    assert len(await planner.copies(alert)) == 3 * PAGE + 27
    assert (await planner.stored(alert)).planned == 3 * PAGE + 27
    assert await planner.facts(alert, "DeliveryPlanned") == 3 * PAGE + 27
    for queue in (queue_of(Lane.URGENT, channel) for channel in audiences.Channel):
        rows = await planner.pool.fetch("select seq from delivery where queue = $1 order by seq", queue)
        head = await planner.pool.fetchval("select head from queue where queue = $1", queue)
        assert [row[0] for row in rows] == list(range(1, head + 1))


async def test_an_alert_that_expires_while_it_is_planned_tells_nobody_more(planner: Desk) -> None:
    await planner.people(3 * PAGE)
    alert = planner.alert()
    await planner.keep(alert)
    await planner.plan(turns=1)
    planner.now += timedelta(hours=7)
    await planner.plan()
    assert (await planner.stored(alert)).state is AlertState.PLANNED
    assert len(await planner.copies(alert)) == PAGE


# --- updates and ends


async def update(planner: Desk, first: Any, latest: Any = None) -> Any:
    """What `update_alert` stores."""
    old = await planner.stored(latest or first)
    made = old.succeeded_by(WORDS, uuid4(), planner.now + timedelta(hours=6), planner.now)
    old.give_way(made.id)
    await planner.keep(old, made)
    if latest is not None:
        root = await planner.stored(first)
        root.give_way(made.id)
        await planner.keep(root)
    return made


async def test_an_update_goes_to_who_got_the_alert_and_instead_of_what_was_unsent(planner: Desk) -> None:
    await planner.people(3 * PAGE)
    alert = await planner.raised()
    who = await planner.contacts()
    sent, delivered, read, waiting, failed, expired = (who[n : n + 10] for n in range(0, 60, 10))
    await planner.become(alert, sent, State.SENT)
    await planner.become(alert, delivered, State.DELIVERED)
    await planner.become(alert, read, State.READ)
    await planner.become(alert, waiting, State.WAITING)
    await planner.become(alert, failed, State.FAILED, "unreachable")
    await planner.become(alert, expired, State.DROPPED, "expired")
    newer = await update(planner, alert)
    await planner.plan()
    assert set(await planner.copies(newer)) == set(who) - {*failed, *expired}
    old = await planner.copies(alert)
    dropped = [one for one, (state, reason) in old.items() if (state, reason) == (State.DROPPED, "superseded")]
    assert set(dropped) == {*waiting, *who[60:]}
    assert await planner.facts(alert, "DeliveryDropped") == len(dropped)
    assert (await planner.stored(alert)).state is AlertState.CANCELLED


async def test_an_update_of_an_alert_that_is_half_planned_reaches_the_other_half_too(planner: Desk) -> None:
    await planner.people(3 * PAGE + 7)
    alert = planner.alert()
    await planner.keep(alert)
    await planner.plan(turns=1)
    newer = await update(planner, alert)
    await planner.plan(turns=1)
    newest = await update(planner, alert, newer)
    await planner.plan()
    assert len(await planner.copies(alert)) == PAGE
    assert set(await planner.copies(newest)) == set(await planner.contacts())
    assert (await planner.stored(newest)).state is AlertState.PLANNED
    assert {state for state, _ in (await planner.copies(newer)).values()} <= {State.DROPPED}


async def test_an_update_before_anybody_named_was_planned_reaches_them(planner: Desk) -> None:
    await planner.people(3)
    alert = planner.alert(Audience((), tuple(await planner.contacts())))
    await planner.keep(alert)
    newer = await update(planner, alert)
    await planner.plan()
    assert (len(await planner.copies(alert)), len(await planner.copies(newer))) == (0, 3)


async def test_the_end_is_told_to_exactly_those_who_got_the_alert_or_its_update(planner: Desk) -> None:
    await planner.people(3 * PAGE)
    who = await planner.contacts()
    alert = await planner.raised()
    await planner.become(alert, who[:20], State.SENT)
    newer = await update(planner, alert)
    await planner.plan()
    await planner.become(newer, who[10:40], State.DELIVERED)
    await planner.become(newer, who[40:50], State.FAILED)
    old = await planner.stored(newer)
    end = old.ended_by(WORDS, uuid4(), planner.now)
    old.cancel("selesai")
    await planner.keep(old, end)
    await planner.plan()
    await planner.plan()
    assert set(await planner.copies(end)) == set(who[:40])
    assert (await planner.stored(end)).planned == 40


async def test_the_end_waits_for_copies_that_are_on_their_way(planner: Desk) -> None:
    await planner.people(3 * PAGE)
    who = await planner.contacts()
    alert = await planner.raised()
    await planner.become(alert, who[:3], State.SENDING)
    old = await planner.stored(alert)
    end = old.ended_by(WORDS, uuid4(), planner.now)
    old.cancel("selesai")
    await planner.keep(old, end)
    await planner.plan()
    assert (await planner.stored(alert)).state is AlertState.CANCELLING
    assert await planner.copies(end) == {}
    await planner.become(alert, who[:1], State.SENT)
    await planner.become(alert, who[1:2], State.WAITING)
    await planner.become(alert, who[2:3], State.FAILED)
    await planner.plan()
    await planner.plan()
    assert set(await planner.copies(end)) == set(who[:1])
    assert (await planner.copies(alert))[who[1]] == (State.DROPPED, "cancelled")
    assert (await planner.stored(alert)).state is AlertState.CANCELLED


async def test_a_crash_anywhere_in_an_update_loses_and_doubles_nobody(planner: Desk) -> None:
    await planner.people(2 * PAGE + 7)
    who = await planner.contacts()
    alert = await planner.raised()
    await planner.become(alert, who[:50], State.SENT)
    newer = await update(planner, alert)
    assert await crash_everywhere(planner) > 20
    assert set(await planner.copies(newer)) == set(who)
    assert await planner.facts(alert, "DeliveryDropped") == len(who) - 50
    assert await planner.facts(newer, "AlertPlanned") == 1
    assert newer.audience == RESIDENTS
