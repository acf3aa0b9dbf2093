"""1,500 deliveries in all three lanes while all that carries them is killed, cut or slow; then all are counted."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from chaos import checker
from chaos.apart import Apart, LaneProcesses
from chaos.clients import History, villages
from chaos.fanout import DISTRICT, PEOPLE, Fanout
from chaos.faults import Faults
from chaos.observers import Observer
from chaos.test_chaos import CLOCKS, keep
from chaos.troubles import ALL_LANES, ALLOWED, CALM, FAULTS, WINDOW, Trial

from handset.client import Handset
from stack import for_tests, jars
from stack.errors import StackError
from stack.home import Home

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(900)]

REST = 200.0  # seconds in which all must have come to rest


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Apart]:
    """A stack that nobody else uses, whose lanes the test runs."""
    try:
        jars.java()
    except StackError as problem:
        pytest.skip(str(problem))
    base = int(os.environ.get("KENTONGAN_CHAOS_PORT_BASE") or for_tests.free_hundred())
    root = Path(os.environ.get("KENTONGAN_CHAOS_HOME") or tmp_path / "home")
    one = Apart(Home(root, base), tmp_path / "traces.jsonl", CLOCKS)
    one.command("clean")
    try:
        answer = one.command("up")
        assert answer.returncode == 0, answer.stderr
        yield one
    finally:
        one.command("down" if "KENTONGAN_CHAOS_HOME" in os.environ else "clean")


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
