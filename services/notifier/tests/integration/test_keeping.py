"""What is looked after beside planning: expiry, progress, the result."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from outboxes import waiting
from plans import NOW, PAGE, RESIDENTS, CrashError, Desk, DoomedPool, desk

from chassis.postgres.outbox import Outbox
from kentongan.notifier.v1 import delivery_pb2
from notifier.adapters import counting
from notifier.adapters.counting import Watch
from notifier.adapters.expiring import Expiry
from notifier.application import sparing
from notifier.domain.audience import Audience
from notifier.domain.delivery import State

pytestmark = pytest.mark.integration
LATER = NOW + timedelta(hours=7)


@pytest.fixture
async def planner(database: Any) -> AsyncIterator[Desk]:
    made = await desk(database)
    yield made
    await made.pool.close()


async def expire(planner: Desk, turns: int = 100) -> None:
    sweep = Expiry(planner.pool, Outbox(planner.pool), PAGE)
    for _ in range(turns):
        if not await sweep.turn(LATER):
            break


async def told(planner: Desk, kind: str) -> list[Any]:
    facts = [delivery_pb2.DeliveryFact.FromString(one.value) for one in await waiting(planner.pool, kind)]
    return [getattr(fact, str(fact.WhichOneof("fact"))) for fact in facts]


async def test_what_is_unsent_at_the_expiry_is_dropped_though_nobody_walks_the_queue(planner: Desk) -> None:
    await planner.people(3 * PAGE + 7)
    alert, other = await planner.raised(), await planner.raised(expires_at=LATER + timedelta(hours=1))
    who = await planner.contacts()
    await planner.become(alert, who[:30], State.SENT)
    await planner.become(alert, who[30:40], State.WAITING)
    await expire(planner)
    copies = await planner.copies(alert)
    assert [one for one in who if copies[one] == (State.DROPPED, "expired")] == who[30:]
    assert await planner.facts(alert, "DeliveryDropped") == len(who) - 30
    assert {state for state, _ in (await planner.copies(other)).values()} == {State.PLANNED}
    assert await planner.pool.fetchval("select settled from alert where id = $1", alert.id)
    assert not await Expiry(planner.pool, Outbox(planner.pool)).turn(LATER)


async def test_what_is_on_its_way_at_the_expiry_is_dropped_when_it_comes_back(planner: Desk) -> None:
    await planner.people(PAGE + 2)
    alert = await planner.raised()
    who = await planner.contacts()
    await planner.become(alert, who[:2], State.SENDING)
    await expire(planner)
    assert not await planner.pool.fetchval("select settled from alert where id = $1", alert.id)
    await planner.become(alert, who[:1], State.WAITING)
    await planner.become(alert, who[1:2], State.SENT)
    await expire(planner)
    copies = await planner.copies(alert)
    assert (copies[who[0]], copies[who[1]]) == ((State.DROPPED, "expired"), (State.SENT, ""))
    assert await planner.pool.fetchval("select settled from alert where id = $1", alert.id)


async def test_answers_to_one_person_expire_together(planner: Desk) -> None:
    await planner.people(30)
    alerts = [await planner.raised(Audience((), (one,))) for one in await planner.contacts()]
    for alert in alerts[:20]:
        await planner.become(alert, alert.audience.contacts, State.SENT)
    await expire(planner)
    states = [next(iter((await planner.copies(alert)).values()))[0] for alert in alerts]
    assert states == [State.SENT] * 20 + [State.DROPPED] * 10


async def test_a_crash_in_the_sweep_drops_and_tells_once(planner: Desk) -> None:
    await planner.people(2 * PAGE)
    alert = await planner.raised()
    crashes, more = 0, True
    while more:
        for statements in range(20):
            sweep = Expiry(DoomedPool(planner.pool, statements), Outbox(planner.pool), PAGE)
            try:
                more = await sweep.turn(LATER)
                break
            except (CrashError, asyncpg.InterfaceError):  # the second where a transaction notices
                crashes += 1
    assert crashes > 6
    assert await planner.facts(alert, "DeliveryDropped") == 2 * PAGE


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look whenever asked."""
    monkeypatch.setattr(counting, "EVERY", 0.0)
    monkeypatch.setattr(counting, "SELDOM", 0.0)
    monkeypatch.setattr(sparing, "SHARE", 0)


@pytest.mark.usefixtures("always")
async def test_progress_is_told_when_it_changed_and_the_result_once(planner: Desk) -> None:
    await planner.people(10)
    await planner.pool.execute(
        "insert into contact(id, version, held, inside, preferred, on_duty, opted_out)"
        " values (gen_random_uuid(), 1, '{resident@33.17}', '{resident@33.17}', 'sms', true, false)"
    )
    who = await planner.contacts("phone_hash is not null")
    alert = await planner.raised()
    watch = Watch(planner.pool, Outbox(planner.pool))
    await watch.turn(NOW)
    await watch.turn(NOW + timedelta(seconds=2))
    await planner.become(alert, who[:4], State.SENT)
    await watch.turn(NOW + timedelta(seconds=4))
    first, second = (fact.counts for fact in await told(planner, "AlertProgressed"))
    assert (first.planned, first.waiting, first.failed) == (11, 10, 1)
    assert (second.planned, second.waiting, second.sent, second.failed) == (11, 6, 4, 1)
    await planner.become(alert, who[:6], State.DELIVERED)
    await planner.become(alert, who[6:], State.FAILED)
    await watch.turn(NOW + timedelta(seconds=6))
    await watch.turn(NOW + timedelta(seconds=8))
    [result] = await told(planner, "AlertCompleted")
    assert (result.counts.delivered, result.counts.failed, result.expired) == (6, 5, False)
    assert len(await told(planner, "AlertProgressed")) == 2


class Between:
    """A pool beneath which something is done after the first statement."""

    def __init__(self, pool: Any, does: Callable[[], Awaitable[Any]]) -> None:
        self._pool, self._does = pool, [does]

    async def fetch(self, *statement: Any) -> Any:
        rows = await self._pool.fetch(*statement)
        while self._does:
            await self._does.pop()()
        return rows

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pool, name)


@pytest.mark.usefixtures("always")
async def test_counts_add_up_when_a_page_is_planned_while_they_are_looked_at(planner: Desk) -> None:
    await planner.people(5)
    await planner.keep(planner.alert(RESIDENTS))
    await Watch(Between(planner.pool, planner.plan), Outbox(planner.pool)).turn(NOW)
    [told_of] = await told(planner, "AlertProgressed")
    assert (told_of.counts.planned, told_of.counts.waiting) == (5, 5)


@pytest.mark.usefixtures("always")
async def test_sent_without_receipts_is_the_result_a_minute_after_the_expiry(planner: Desk) -> None:
    await planner.people(3)
    alert = await planner.raised()
    await planner.become(alert, await planner.contacts(), State.SENT)
    watch = Watch(planner.pool, Outbox(planner.pool))
    await watch.turn(alert.expires_at + timedelta(seconds=59))
    assert await told(planner, "AlertCompleted") == []
    await watch.turn(alert.expires_at + timedelta(seconds=60))
    [result] = await told(planner, "AlertCompleted")
    assert (result.counts.sent, result.expired) == (3, True)


@pytest.mark.usefixtures("always")
async def test_an_answer_to_one_person_has_no_progress_of_its_own(planner: Desk) -> None:
    await planner.people(1)
    await planner.raised(Audience((), tuple(await planner.contacts())))
    await Watch(planner.pool, Outbox(planner.pool)).turn(NOW)
    assert await told(planner, "AlertProgressed") == []


async def test_nothing_is_counted_before_its_turn(planner: Desk) -> None:
    await planner.people(2)
    alert = await planner.raised()
    watch = Watch(planner.pool, Outbox(planner.pool))
    await watch.turn(NOW)
    await planner.become(alert, await planner.contacts(), State.SENT)
    await watch.turn(NOW)
    assert len(await told(planner, "AlertProgressed")) == 1
