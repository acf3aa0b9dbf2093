"""Life-safety on both channels at once while the notifier and what carries it die; then each person is counted."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import UUID

import pytest
from chaos.alone import alone, prepared
from chaos.checker import (
    Found,
    Verdict,
    committed_is_published,
    nothing_is_left,
    order_by_key,
    published_was_committed,
)
from chaos.clients import villages
from chaos.fanout import DISTRICT, PEOPLE, Fanout
from chaos.faults import Faults
from chaos.observers import Observer
from chaos.persons import judge
from chaos.troubles import PACE
from chaos.warned import WINDOW, BothChannels, Crowd

from chassis.kernel.alert import Lane
from handset.client import Handset
from stack import database

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]

REST = 90.0  # seconds in which all must have come to rest
SENDING, TAKEN, ENDED = [1], [2, 3, 4], [2, 3, 4, 5]
NOWHERE, CALM, ALL = "no carrier reaches them, kill -9 notifier", "calm", "all, kill -9 notifier twice"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[BothChannels]:
    """A stack of such a region, which nobody else uses."""
    one = prepared(BothChannels, tmp_path)
    one.write_region()
    with alone(one):
        yield one


@dataclass(slots=True)
class Trial:
    """What a run is made of; `allowed`: messages beyond one that each trouble may bring."""

    crowd: Crowd
    faults: Faults
    places: dict[UUID, str] = field(default_factory=dict)
    allowed: Counter[str] = field(default_factory=Counter)

    async def warn(self, what: str, place: str) -> list[UUID]:
        """Raise an alert there."""
        count = sum(village.startswith(place) for village in self.crowd.villages.values())
        alerts = await self.crowd.fanout.raise_in(place, count, what)
        self.places |= dict.fromkeys(alerts, place)
        return alerts

    async def pace(self, **so: object) -> None:
        """Let all carriers be so, and otherwise as slow as ever."""
        async with Handset(self.crowd.running.handset) as phones:
            await phones.faults(**dict.fromkeys(("sms", "sms2", "whatsapp"), PACE | so))

    async def kill_notifier(self, what: str) -> None:
        """kill -9; what had a carrier at that moment, and no outcome yet, may come once more."""
        healed = asyncio.create_task(self.faults.kill("notifier"))
        await asyncio.sleep(0)
        in_doubt = await self.crowd.under_way([*self.places], SENDING)
        assert in_doubt <= 2 * WINDOW, f"{in_doubt} copies were in doubt, of windows of {WINDOW} on two channels"
        self.allowed[what] += in_doubt
        await healed


Trouble = Callable[[Trial, str, list[UUID]], Awaitable[None]]


def killed_when(states: list[int], share: float) -> Trouble:
    """kill -9 the notifier when so many of the copies have come so far."""

    async def trouble(trial: Trial, what: str, alerts: list[UUID]) -> None:
        await trial.crowd.until(alerts, states, round(2 * PEOPLE * share))
        await trial.kill_notifier(what)

    return trouble


def when_under_way(name: str, beyond: int) -> Trouble:
    """kill -9 a server, or cut a link, when some have it; what each may bring beyond one."""

    async def trouble(trial: Trial, what: str, alerts: list[UUID]) -> None:
        await trial.crowd.until(alerts, TAKEN, PEOPLE // 4)
        trial.allowed[what] += beyond
        await (trial.faults.drop(name, 3) if name == "sms" else trial.faults.kill(name))

    return trouble


async def webhooks_twice_and_late(trial: Trial, _what: str, alerts: list[UUID]) -> None:
    """Answers come after the receipts, and these twice and out of order."""
    await trial.pace(late=1.0, webhook_twice=True, webhook_out_of_order=True)
    await trial.crowd.until(alerts, TAKEN, PEOPLE)
    await trial.pace()


async def killed_twice(trial: Trial, what: str, alerts: list[UUID]) -> None:
    """kill -9 the notifier in the middle, and again when it has hardly begun anew."""
    await trial.crowd.until(alerts, TAKEN, 3 * PEOPLE)
    await trial.kill_notifier(what)
    await trial.crowd.until(alerts, TAKEN, await trial.crowd.under_way(alerts, TAKEN) + PEOPLE)
    await trial.kill_notifier(what)


TROUBLES: dict[str, Trouble] = {
    "kill -9 notifier, before anything is sent": killed_when(SENDING, 0),
    "kill -9 notifier, a third is sent": killed_when(TAKEN, 0.3),
    "kill -9 notifier, most is sent": killed_when(TAKEN, 0.7),
    "kill -9 postgres": when_under_way("postgres", 2 * WINDOW),
    "kill -9 kafka": when_under_way("kafka", 0),
    "cut the SMPP links": when_under_way("sms", WINDOW),
    "webhooks late, twice, out of order": webhooks_twice_and_late,
}


async def test_everybody_is_told_on_both_channels_and_counts_once_whatever_dies(
    running: BothChannels, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    began, observer = time.monotonic(), Observer(running)
    places = [village for village in villages() if village.startswith(DISTRICT)][: len(TROUBLES) + 8]
    trial = Trial(Crowd(running, Fanout(running, places, (Lane.LIFE_SAFETY,))), Faults(running))
    await trial.crowd.settle(tmp_path)
    await observer.begin()
    still, nowhere = await reach_nobody(trial, observer, places[0])
    await trial.pace()
    await trial.crowd.sent(await trial.warn(CALM, places[1]))
    for (what, trouble), place in zip(TROUBLES.items(), places[2:], strict=False):
        await trouble(trial, what, await trial.warn(what, place))
    await killed_twice(trial, ALL, await trial.warn(ALL, DISTRICT))
    await trial.pace(slow=0.0)
    late = await completed(trial)
    still = still or late or await trial.crowd.fanout.rest(observer, REST)
    found = await observer.look(trial.faults.windows)
    warned = await trial.crowd.look(trial.places, set(nowhere))
    warned.allowed = dict(trial.allowed)
    verdicts = [*judge(warned), *(rule(found) for rule in LOG)]
    with capsys.disabled():
        tell(trial, verdicts, still, time.monotonic() - began)
    assert not still, f"not at rest: {still}"
    assert sum(trial.allowed[what] for what in trial.allowed if "notifier" in what), "nothing was under way at a kill"
    assert not [one for one in verdicts if one.violations]


def order_by_copy(found: Found) -> Verdict:
    """I6 of each copy: the two of one person go their ways side by side, and each tells of itself in its order."""
    log = [{**one, "key": f"{one['key']} {one.get('channel', '')}"} for one in found.log]
    return order_by_key(replace(found, log=log))


LOG = (committed_is_published, published_was_committed, order_by_copy, nothing_is_left)


async def reach_nobody(trial: Trial, observer: Observer, place: str) -> tuple[str, list[UUID]]:
    """Warn a village whose phones are off and have no WhatsApp; gives what did not come to rest, and the alert."""
    await trial.pace(undeliverable=-1)
    alerts = await trial.warn(NOWHERE, place)
    await killed_when(ENDED, 0.3)(trial, NOWHERE, alerts)
    still = await trial.crowd.fanout.rest(observer, REST)
    await trial.pace(undeliverable=0)
    return still, alerts


async def completed(trial: Trial, seconds: float = REST) -> str:
    """Wait until nothing more is expected of any alert; gives of how many still is, or nothing."""
    connection = await database.connect(trial.crowd.running.home, "notifier")
    open_ = "select count(*) from alert where id = any($1::uuid[]) and completed_at is null"
    try:
        give_up = time.monotonic() + seconds
        while left := await connection.fetchval(open_, [*trial.places]):
            if time.monotonic() > give_up:
                return f"{left} alerts are not completed"
            await asyncio.sleep(0.2)
        return ""
    finally:
        await connection.close()


def tell(trial: Trial, verdicts: list[Verdict], still: str, seconds: float) -> None:
    print(f"\n{still or 'at rest'} after {seconds:.0f} s")
    for what, healed in trial.faults.told:
        print(f"  {what:38} well again after {healed:5.1f} s")
    for one in verdicts:
        for evidence in one.evidence[:5]:
            print(f"  {one.invariant}: {evidence}")
        told = {"invariant": one.invariant, "operations": one.operations, "violations": one.violations}
        print(json.dumps(told | ({"also": one.told} if one.told else {})))
    print(json.dumps({"allowed beyond one": trial.allowed}))
