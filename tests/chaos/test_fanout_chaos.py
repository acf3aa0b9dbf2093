"""1,500 deliveries in all three lanes while all that carries them is killed, cut or slow; then all are counted."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from chaos import checker
from chaos.alone import alone, prepared
from chaos.apart import Apart, LaneProcesses
from chaos.clients import History, villages
from chaos.fanout import DISTRICT, PEOPLE, Fanout
from chaos.faults import Faults
from chaos.observers import Observer
from chaos.test_chaos import keep
from chaos.troubles import ALL_LANES, ALLOWED, CALM, FAULTS, WINDOW, Trial

from handset.client import Handset

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(900)]

REST = 200.0  # seconds in which all must have come to rest


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Apart]:
    """A stack that nobody else uses, whose lanes the test runs."""
    one = prepared(Apart, tmp_path)
    with alone(one):
        yield one


async def test_nothing_accepted_is_lost_whatever_dies_under_a_fan_out(
    running: Apart, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    places = [village for village in villages() if village.startswith(DISTRICT)][: len(FAULTS)]
    fanout, history, observer = Fanout(running, places), History(), Observer(running)
    began = time.monotonic()
    fanout.settle(tmp_path)
    await observer.begin()
    async with LaneProcesses(running) as lanes:
        trial = Trial(running, fanout, lanes, Faults(running), history)
        await trial.wave(CALM, places[0], PEOPLE)
        still = await fanout.rest(observer, REST)
        await trial.pace()
        for what, place in zip([*FAULTS][:-1], places[1:], strict=True):
            await trial.wave(what, place, PEOPLE)
        await trial.wave(ALL_LANES, DISTRICT, PEOPLE * len(places))
        async with Handset(running.handset) as phones:
            await phones.clear_faults()
        still = still or await fanout.rest(observer, REST)
        found = await observer.look(trial.faults.windows)
    keep(tmp_path, history, found)
    found.window = WINDOW
    verdicts = [judge(found) for judge in JUDGES]
    verdicts.append(checker.said_is_heard_once(history.rows, found))
    unsettled, doubled = fanout.unsettled(found.deliveries), await fanout.doubled()
    with capsys.disabled():
        tell(trial, verdicts, f"{still or 'at rest'}; files in {tmp_path}")
        told = {"deliveries": sum(fanout.accepted.values()), "without a final state": len(unsettled)}
        told |= {"beyond one": {what: count for what, count in doubled.items() if count}}
        print(json.dumps(told | {"allowed": ALLOWED, "seconds": round(time.monotonic() - began)}))
    assert not still, f"not at rest: {still}"
    assert sum(fanout.accepted.values()) >= 1500
    assert not unsettled
    assert doubled[CALM] == 0
    assert doubled.total() <= sum(ALLOWED.values())
    assert doubled[ALL_LANES] <= ALLOWED[ALL_LANES]
    assert not [one for one in verdicts if one.violations]


JUDGES = (
    checker.committed_is_published,
    checker.published_was_committed,
    checker.consumed_once,
    checker.answered_once,
    checker.deliveries_end,
    checker.sends_beyond_one,
    checker.order_by_key,
    checker.nothing_is_left,
)


def tell(trial: Trial, verdicts: list[checker.Verdict], note: str) -> None:
    print(f"\n{note}")
    for what, seconds in trial.faults.told:
        print(f"  {what:60} {seconds:5.1f} s")
    for one in verdicts:
        for evidence in one.evidence[:5]:
            print(f"  {one.invariant}: {evidence}")
        told = {"invariant": one.invariant, "operations": one.operations, "violations": one.violations}
        print(json.dumps(told | ({"also": one.told} if one.told else {})))
