"""Silence is followed: other channel, next of the roster, superior. An answer stops it; a crash loses nothing."""

import asyncio
import pickle
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from chassis.kernel.alert import Alert, Group, Lane
from chassis.region.pack import Region
from chassis.testing.until import until
from kentongan.notifier.v1 import delivery_pb2 as pb
from notifier.adapters.beginnings import Beginnings
from notifier.adapters.chains import around, read_chains
from notifier.adapters.escalating import Escalating
from notifier.adapters.escalation_steps import Ways
from notifier.adapters.rosters import order
from notifier.adapters.rules import planning_rules
from notifier.adapters.standing_in import Order
from notifier.adapters.templates import Templates
from notifier.domain.delivery import State

pytestmark = pytest.mark.integration
DELIVERIES = "kentongan.notifier.delivery.v1"
DUTY, NEXT = ("+628120000001", "bpbd_duty", "33.17", "sms"), ("+628120000002", "bpbd_duty", "33.17", "sms")
COMMANDER = ("+628120000003", "bpbd_commander", "33.17", "sms")
HOUR = timedelta(hours=1)
STEPS = ("other_channel", "next_on_roster", "superior", "commander", "gives_up")
SLOW = {f"notifier.incident_{step}": hour * HOUR for hour, step in enumerate(STEPS, start=1)}
QUICK = {f"notifier.incident_{step}": timedelta(seconds=2 * n) for n, step in enumerate(STEPS, start=1)}
LONG = {"notifier.second_channel": HOUR}  # this centre sends no receipts


def timed(notifier: Any, clocks: dict[str, timedelta]) -> None:
    notifier.settings = replace(notifier.settings, process=replace(notifier.settings.process, clocks=LONG | clocks))


async def begin(notifier: Any) -> None:
    """Start with the SMS carrier known to be up: else people begin on the other channel."""
    await notifier.start()

    async def up() -> bool:
        return bool(await notifier.fetchval("select bool_or(up) from carrier_health where channel = 'sms'"))

    await until(up, 40)


async def office(notifier: Any) -> list[UUID]:
    """One on duty, the next one off duty, a commander."""
    people: list[UUID] = await notifier.people(DUTY, NEXT, COMMANDER)
    await notifier.process.pool.execute(
        "update contact set on_duty = false, available = false where id = $1", people[1]
    )
    return people


async def asks(notifier: Any, **more: Any) -> Alert:
    now = datetime.now(UTC)
    usual = {"groups": (Group("bpbd_duty", "33.17"),), "lane": Lane.LIFE_SAFETY, "expires_at": now + 12 * HOUR}
    given = {**usual, "acknowledge_by": now + timedelta(minutes=10), **more}
    values = notifier.values("destana.incident", code="B2K7P")
    alert: Alert = await notifier.raise_alert("destana.incident", values, **given)
    return alert


async def watched(notifier: Any, alert: Alert) -> None:
    """Wait until the chain is walked: its first step has a time."""

    async def there() -> bool:
        return bool(await notifier.fetchval("select step = 1 from escalation where alert = $1", alert.id))

    await until(there, 40)


async def told(notifier: Any, alert: Alert, kind: str) -> list[Any]:
    facts = await notifier.read(DELIVERIES, pb.DeliveryFact)
    return [getattr(one, kind) for one in facts if one.alert_id == str(alert.id) and one.HasField(kind)]


async def taken(notifier: Any, alert: Alert, *numbers: int, seconds: float = 60) -> list[tuple[int, int, int]]:
    """Wait for these steps' facts: number, what, people."""
    found: list[tuple[int, int, int]] = []

    async def there() -> bool:
        found[:] = [(one.step, one.what, one.people) for one in await told(notifier, alert, "alert_escalated")]
        return len(found) >= len(numbers)

    await until(there, seconds, every=0.1)
    assert [number for number, _, _ in found] == list(numbers)
    return found


async def asked(notifier: Any, alert: Alert) -> dict[UUID, tuple[int, list[UUID]]]:
    rows = await notifier.process.pool.fetch(
        "select contact, step, stands_for from acknowledgement where alert = $1", alert.id
    )
    return {row["contact"]: (row["step"], list(row["stands_for"])) for row in rows}


async def writes(notifier: Any, who: tuple[str, ...], text: str) -> None:
    await notifier.centre.bring(30, source_addr=who[0].removeprefix("+"), short_message=text.encode())


def walker(notifier: Any, page: int = 1000, roster: Order = order) -> Escalating:
    """Takes turns by the test's own hand; the process's own clocks are hours away."""
    settings = notifier.settings.process
    region = Region.load(settings.region, settings.clocks)
    texts, pool, rules = Templates.of(region), notifier.process.pool, planning_rules(region)
    ways = Ways(
        read_chains(region, texts.names()),
        roster,
        around(region),
        lambda connection, lane, now: Beginnings(rules, lane, pool, connection, now),
        texts.approved,
    )
    return Escalating(pool, ways, page=page)


async def walk(notifier: Any, hours: float, **more: Any) -> int:
    """Do what is due after so many hours; gives the number of turns."""
    walking, turns = walker(notifier, **more), 0
    while (await walking.turn(datetime.now(UTC) + timedelta(hours=hours, minutes=1))).more:
        turns += 1
    notifier.process.boundary.outbox.wake.set()
    return turns


async def test_a_silent_officer_gets_the_other_channel_then_the_next_then_the_superior_then_the_service_hears(
    stopped: Any,
) -> None:
    timed(stopped, QUICK)
    await begin(stopped)
    people = await office(stopped)
    alert = await asks(stopped)
    other, following, superior = (
        pb.ESCALATION_STEP_OTHER_CHANNEL, pb.ESCALATION_STEP_NEXT_ON_ROSTER, pb.ESCALATION_STEP_SUPERIOR,
    )  # fmt: skip
    steps = await taken(stopped, alert, 1, 2, 3, 4)
    assert steps == [(1, other, 1), (2, following, 1), (3, superior, 1), (4, superior, 0)]

    async def heard() -> bool:
        return bool(await told(stopped, alert, "alert_unacknowledged"))

    await until(heard, 40, every=0.1)
    assert [one.people for one in await told(stopped, alert, "alert_unacknowledged")] == [1]
    await stopped.reach(alert, State.SENT, State.SENT, State.SENT)
    assert len(stopped.centre.submits) == 3
    assert len(stopped.api.bodies) == 1
    assert await asked(stopped, alert) == {
        people[0]: (0, []), people[1]: (2, [people[0]]), people[2]: (3, [people[0]])
    }  # fmt: skip
    assert await stopped.fetchval("select planned from alert where id = $1", alert.id) == 3
    assert {one.contact_id for one in await told(stopped, alert, "delivery_planned")} == set(map(str, people))


@pytest.mark.parametrize("answering", [DUTY, NEXT], ids=["who was asked", "who stands in"])
async def test_an_answer_stops_the_chain(stopped: Any, answering: tuple[str, ...]) -> None:
    timed(stopped, SLOW)
    await begin(stopped)
    await office(stopped)
    alert = await asks(stopped)
    await watched(stopped, alert)
    await walk(stopped, 2)
    await taken(stopped, alert, 1, 2)
    await writes(stopped, answering, "SIAP B2K7P")
    await walk(stopped, 6)
    assert len(await asked(stopped, alert)) == 2, "the commander is left in peace"
    assert await told(stopped, alert, "alert_unacknowledged") == []
    assert len(await told(stopped, alert, "alert_escalated")) == 2


async def test_the_next_person_is_the_rosters(stopped: Any) -> None:
    timed(stopped, SLOW)
    await begin(stopped)
    duty, _, _ = await office(stopped)
    others = await stopped.people(*[(f"+62812000020{n}", "bpbd_duty", "33.17", "sms") for n in range(3)])
    await stopped.process.pool.execute(
        "update contact set on_duty = false, available = false where id = any($1::uuid[])", others
    )
    alert = await asks(stopped)
    await watched(stopped, alert)
    wanted = max(others)

    async def roster(_connection: Any, role: str, place: str, _now: datetime) -> list[UUID]:
        assert (role, place) == ("bpbd_duty", "33.17")
        return [duty, wanted]

    await walk(stopped, 2, roster=roster)
    assert await asked(stopped, alert) == {duty: (0, []), wanted: (2, [duty])}


async def test_calling_off_stops_the_chain_and_nobody_s_answer_is_awaited_any_more(stopped: Any) -> None:
    timed(stopped, SLOW)
    await begin(stopped)
    await office(stopped)
    alert = await asks(stopped)
    await watched(stopped, alert)
    await stopped.cancel(alert)

    async def closed() -> bool:
        return not await stopped.fetchval("select bool_or(open) from acknowledgement where alert = $1", alert.id)

    await until(closed, 40)
    assert await stopped.fetchval("select due from escalation where alert = $1", alert.id) is None
    await writes(stopped, DUTY, "SIAP")
    await walk(stopped, 6)
    assert await told(stopped, alert, "alert_escalated") == []
    assert await told(stopped, alert, "delivery_acknowledged") == []


async def test_an_expired_alert_and_an_offer_escalate_nobody(stopped: Any) -> None:
    timed(stopped, SLOW)
    await begin(stopped)
    people = await office(stopped)
    short = await asks(stopped, expires_at=datetime.now(UTC) + timedelta(minutes=30))
    values = stopped.values("gareng_mesem.pickup_offer", code="J2K7P")
    by = datetime.now(UTC) + timedelta(minutes=15)
    far = datetime.now(UTC) + timedelta(hours=8)
    offer = await stopped.raise_alert(
        "gareng_mesem.pickup_offer", values, contacts=(people[0],), acknowledge_by=by, expires_at=far
    )
    for alert in (short, offer):
        await watched(stopped, alert)
    await walk(stopped, 6)
    for alert in (short, offer):
        assert await told(stopped, alert, "alert_escalated") == []
        assert len(await asked(stopped, alert)) == 1
    open_ones = await stopped.process.pool.fetch("select alert from acknowledgement where open")
    assert [row["alert"] for row in open_ones] == [offer.id], "the offer can be answered until it expires"


async def test_many_silent_people_are_taken_page_by_page_and_share_one_superior(stopped: Any) -> None:
    timed(stopped, SLOW)
    await begin(stopped)
    villages = [f"33.17.12.20{n:02}" for n in range(1, 8)]
    heads = await stopped.people(*[(f"+62812000010{n}", "village_head", v, "sms") for n, v in enumerate(villages)])
    duty, _, _ = await office(stopped)
    alert = await asks(stopped, groups=tuple(Group("village_head", village) for village in villages))
    await watched(stopped, alert)
    await stopped.reach(alert, *[State.SENT] * 7)
    assert await walk(stopped, 3, page=3) == 9
    steps = await taken(stopped, alert, 1, 2, 3)
    assert [people for _, _, people in steps] == [7, 0, 1]
    people = await asked(stopped, alert)
    assert people[duty] == (3, sorted(heads))
    assert len(people) == 8


async def test_who_has_answered_gets_no_second_copy(stopped: Any) -> None:
    timed(stopped, SLOW | {"notifier.second_channel": timedelta(seconds=6)})
    await begin(stopped)
    people = await stopped.people(DUTY, NEXT)
    alert = await asks(stopped)
    await stopped.reach(alert, State.SENT, State.SENT)
    await writes(stopped, DUTY, "SIAP B2K7P")

    async def copied() -> bool:
        return bool(stopped.api.bodies)

    await until(copied, 40)  # the silent one's second copy is there
    await stopped.reach(alert, State.SENT, State.SENT)
    tried = {
        row["contact"]: row["tried"]
        for row in await stopped.process.pool.fetch("select contact, tried from delivery where alert = $1", alert.id)
    }
    assert tried == {people[0]: 0, people[1]: 1}
    assert len(stopped.api.bodies) == 1


CHILD = """
import os, pickle, signal, sys
from pathlib import Path
from notifier import bootstrap
from notifier.adapters import escalation_steps
from chassis.postgres.writing import Writing
from chassis.process import run
settings, prefix, at, mark = pickle.loads(Path(sys.argv[1]).read_bytes())
def dies(whole):
    async def broken(*arguments, **named):
        done = await whole(*arguments, **named)
        if not Path(mark).exists():
            Path(mark).write_text(at)
            os.kill(os.getpid(), signal.SIGKILL)
        return done
    return broken
if at == "Writing":  # of this module alone
    escalation_steps.Writing = type(at, (Writing,), {"__slots__": (), "send": dies(Writing.send)})
else:
    setattr(escalation_steps, at, dies(getattr(escalation_steps, at)))
run(bootstrap.compose(settings, prefix=prefix))
"""


@pytest.mark.parametrize("at", ["second_copies", "Writing"])
async def test_a_process_that_is_killed_in_the_middle_of_a_step_loses_and_doubles_nothing(
    stopped: Any, tmp_path: Path, at: str
) -> None:
    timed(stopped, QUICK)
    await stopped.start(roles=frozenset({"webhook"}))
    people = await office(stopped)
    mark, file = tmp_path / "killed", tmp_path / "settings.pickle"
    file.write_bytes(pickle.dumps((stopped.settings, stopped.kafka.prefix, at, str(mark))))
    alert = await asks(stopped)
    deaths = 0

    async def lives() -> None:
        nonlocal deaths
        while True:
            child = await asyncio.create_subprocess_exec(
                sys.executable, "-c", CHILD, str(file), stdout=asyncio.subprocess.DEVNULL
            )
            try:
                await child.wait()
                deaths += 1
            finally:
                if child.returncode is None:
                    child.kill()
                    await child.wait()

    running = asyncio.create_task(lives())
    try:
        steps = await taken(stopped, alert, 1, 2, 3, 4, seconds=90)
        await stopped.reach(alert, State.SENT, State.SENT, State.SENT, seconds=60)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert (deaths, mark.read_text()) == (1, at)
    assert [count for _, _, count in steps] == [1, 1, 1, 0]
    rows = await stopped.process.pool.fetch("select contact from delivery where alert = $1", alert.id)
    assert sorted(row["contact"] for row in rows) == sorted(people)
    assert sorted(await asked(stopped, alert)) == sorted(people)
    assert (len(stopped.centre.submits), len(stopped.api.bodies)) == (3, 1)
