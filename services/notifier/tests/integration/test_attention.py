"""One budget for routine a person and day; what is over it comes as one digest, once."""

from collections.abc import AsyncIterator
from datetime import time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from nacl.public import PrivateKey
from plans import NOW, PAGE, REGION, CrashError, Desk, DoomedPool, desk

from chassis.auth.cipher import Cipher
from chassis.postgres.outbox import Outbox
from notifier.adapters.attention import Forgetting
from notifier.adapters.beginnings import PlanningRules
from notifier.adapters.digests import TEMPLATE, Digests, Means
from notifier.adapters.expiring import Expiry
from notifier.adapters.outcomes import DigestOutcomes
from notifier.adapters.templates import Templates
from notifier.adapters.vault import Vault
from notifier.domain.alert import Alert
from notifier.domain.attention import Attention
from notifier.domain.audience import Audience
from notifier.domain.delivery import State
from notifier.domain.lane import Lane

pytestmark = pytest.mark.integration
KEY = PrivateKey.generate()
VAULT = Vault(Cipher(b"k" * 32), b"h" * 32, bytes(KEY), bytes(KEY.public_key), {})
RULES = PlanningRules(timedelta(hours=24), Attention(2, time(17), ZoneInfo("Asia/Jakarta")))
FIVE = NOW + timedelta(hours=7)  # 17:00 in Rembang


class Office(Desk):
    """A planner and a keeper."""

    async def routine(self, text: str = "Kabar.", audience: Audience | None = None, **more: Any) -> Alert:
        given = {"lane": Lane.ROUTINE, "template": "reply", "expires_at": NOW + timedelta(days=2), **more}
        self.now += timedelta(seconds=1)
        given["sealed_values"] = VAULT.seal_values({"text": text})
        return await self.raised(audience or Audience((), tuple(await self.contacts())), **given)

    def digests(self, pool: Any = None, page: int = 7) -> Digests:
        given = pool or self.pool
        return Digests(Means(given, Outbox(given), lambda _: None, Templates.of(REGION), VAULT, self.rules), page)

    async def gather(self, now: Any = FIVE) -> None:
        digests = self.digests()
        while await digests.turn(now):
            pass

    def outcomes(self, pool: Any = None) -> DigestOutcomes:
        return DigestOutcomes(pool or self.pool, Outbox(pool or self.pool), 7)

    async def settle(self) -> None:
        outcomes = self.outcomes()
        for _ in range(60):
            await outcomes.turn(FIVE)

    async def brought(self) -> dict[UUID, str]:
        """What digests say, by person; each person has one."""
        rows = await self.pool.fetch(
            "select d.contact, a.sealed_values from delivery d join alert a on a.id = d.alert"
            " where a.template = $1 and d.state <> 6",
            TEMPLATE,
        )
        assert len(rows) == len({row[0] for row in rows})
        return {row[0]: VAULT.open_values(row[1])["items"] for row in rows}

    async def deliver(self, state: State) -> None:
        await self.pool.execute(
            "update delivery d set state = $2 from alert a where a.id = d.alert and a.template = $1 and d.state = 0",
            TEMPLATE,
            int(state),
        )


@pytest.fixture
async def office(database: Any) -> AsyncIterator[Office]:
    made = await desk(database)
    yield Office(made.pool, RULES)
    await made.pool.close()


async def test_what_is_over_the_budget_waits_and_says_why(office: Office) -> None:
    await office.people(3)
    alerts = [await office.routine() for _ in range(4)]
    seen = [set((await office.copies(alert)).values()) for alert in alerts]
    assert seen == [{(State.PLANNED, "")}] * 2 + [{(State.WAITING, "digest")}] * 2


async def test_other_lanes_are_counted_and_never_wait_and_answers_are_neither(office: Office) -> None:
    await office.people(1)
    who = Audience((), tuple(await office.contacts()))
    answers = [await office.routine(in_reply_to=who.contacts[0]) for _ in range(5)]
    warnings = [await office.raised(who, lane=lane) for lane in (Lane.URGENT, Lane.LIFE_SAFETY, Lane.URGENT)]
    for alert in (*answers, *warnings):
        assert set((await office.copies(alert)).values()) == {(State.PLANNED, "")}
    late = await office.routine()
    assert set((await office.copies(late)).values()) == {(State.WAITING, "digest")}
    office.now += timedelta(days=1)
    again = await office.routine()
    assert set((await office.copies(again)).values()) == {(State.PLANNED, "")}


async def test_two_alerts_of_one_page_share_the_budget(office: Office) -> None:
    await office.people(2)
    who = Audience((), tuple(await office.contacts()))
    alerts = [office.alert(who, lane=Lane.ROUTINE) for _ in range(3)]
    await office.keep(*alerts)
    await office.plan(Lane.ROUTINE)
    kept = [state for alert in alerts for state, _ in (await office.copies(alert)).values()]
    assert kept.count(State.WAITING) == 2


async def test_at_digest_time_each_gets_one_message_and_its_outcome_is_that_of_the_copies(office: Office) -> None:
    await office.people(20)
    alerts = [await office.routine(f"Kabar {n}.") for n in range(5)]
    await office.gather(FIVE - timedelta(seconds=1))
    assert await office.brought() == {}
    await office.gather()
    assert set((await office.brought()).values()) == {"Kabar 2.; Kabar 3.; Kabar 4."}
    assert len(await office.brought()) == 20
    await office.settle()
    assert set((await office.copies(alerts[4])).values()) == {(State.WAITING, "digest")}
    await office.deliver(State.SENT)
    await office.settle()
    for alert in alerts[2:]:
        assert set((await office.copies(alert)).values()) == {(State.SENT, "digest")}
        assert await office.facts(alert, "DeliverySent") == 20
    assert await office.pool.fetchval("select count(*) from digest_item") == 0


@pytest.mark.parametrize(
    ("state", "facts"),
    [
        (State.FAILED, {"DeliveryFailed": 2}),
        (State.READ, {"DeliverySent": 2, "DeliveryRead": 2}),
        (State.DROPPED, {"DeliveryDropped": 2}),
    ],
)
async def test_whatever_becomes_of_the_digest_is_told_of_the_copies(
    office: Office, state: State, facts: dict[str, int]
) -> None:
    await office.people(2)
    alerts = [await office.routine() for _ in range(3)]
    await office.gather()
    await office.deliver(state)
    await office.settle()
    assert {one for one, _ in (await office.copies(alerts[2])).values()} == {state}
    assert {kind: await office.facts(alerts[2], kind) for kind in facts} == facts


async def test_what_was_called_off_or_expired_or_is_unwanted_now_is_not_in_the_digest(office: Office) -> None:
    await office.people(2)
    await office.routine("a")
    await office.routine("b")
    called_off, brief, kept = (
        await office.routine("batal"),
        await office.routine("singkat"),
        await office.routine("ya"),
    )
    old = await office.stored(called_off)
    old.cancel("salah")
    await office.keep(old)
    await office.plan(Lane.ROUTINE)
    await office.pool.execute("update alert set expires_at = $2 where id = $1", brief.id, FIVE)
    stops, stays = await office.contacts()
    await office.pool.execute("update contact set opted_out = true where id = $1", stops)
    await office.gather()
    assert await office.brought() == {stays: "ya"}
    assert (await office.copies(kept))[stops] == (State.DROPPED, "opted_out")
    await Expiry(office.pool, Outbox(office.pool)).turn(FIVE)
    assert set((await office.copies(brief)).values()) == {(State.DROPPED, "expired")}


async def test_what_is_called_off_after_the_digest_was_made_is_taken_out_of_it(office: Office) -> None:
    await office.people(3)
    alerts = [await office.routine(f"Kabar {n}.") for n in range(4)]
    await office.gather()
    old = await office.stored(alerts[2])
    old.cancel("salah")
    await office.keep(old)
    await office.plan(Lane.ROUTINE)
    await office.settle()
    await office.gather()
    assert set((await office.brought()).values()) == {"Kabar 3."}
    await office.deliver(State.SENT)
    await office.settle()
    assert set((await office.copies(alerts[2])).values()) == {(State.DROPPED, "cancelled")}
    assert set((await office.copies(alerts[3])).values()) == {(State.SENT, "digest")}


async def test_counts_of_old_days_are_forgotten(office: Office) -> None:
    await office.people(2)
    await office.routine()
    await Forgetting(office.pool, RULES.attention).turn(NOW + timedelta(days=1))
    assert await office.pool.fetchval("select count(*) from attention") == 2
    await Forgetting(office.pool, RULES.attention).turn(NOW + timedelta(days=4))
    assert await office.pool.fetchval("select count(*) from attention") == 0


async def _killed(chore: Any, statements: int, rounds: int) -> int:
    """Do a chore again and again, dying before a later statement each time; gives how often it died."""
    crashes = 0
    for left in [*range(statements)] * rounds:
        try:
            await chore(left)
        except (CrashError, asyncpg.InterfaceError):  # the second where a transaction notices
            crashes += 1
    return crashes


async def test_no_item_is_lost_or_comes_twice_wherever_the_keeper_dies(office: Office) -> None:
    await office.people(PAGE)
    who = await office.contacts()
    groups = [who, who[: PAGE // 2], who[PAGE // 4 :], who, who[::3]]
    alerts = [await office.routine(f"n{n}", Audience((), tuple(group))) for n, group in enumerate(groups)]
    wanted: dict[UUID, list[str]] = {}
    for number, alert in enumerate(alerts):
        for one, (state, _) in (await office.copies(alert)).items():
            if state is State.WAITING:
                wanted.setdefault(one, []).append(f"n{number}")
    assert await _killed(lambda left: office.digests(DoomedPool(office.pool, left)).turn(FIVE), 14, 5) > 10
    await office.gather()
    assert await office.brought() == {one: "; ".join(items) for one, items in wanted.items()}
    await office.deliver(State.SENT)
    assert await _killed(lambda left: office.outcomes(DoomedPool(office.pool, left)).turn(FIVE), 6, 5) > 5
    await office.settle()
    sent = sum([await office.facts(alert, "DeliverySent") for alert in alerts])
    assert sent == sum(len(items) for items in wanted.values())
    assert await office.pool.fetchval("select count(*) from delivery where state = 8") == 0
