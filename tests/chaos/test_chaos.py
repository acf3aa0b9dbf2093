"""Stories run while every process is killed with -9 in turn and the carriers stop; then everything is counted."""

import asyncio
import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from chaos.alone import alone, chain, prepared
from chaos.checker import Verdict, check
from chaos.clients import Caller, History, People, Values
from chaos.faults import Faults
from chaos.observers import Observer
from e2e.running import Running

from handset.client import Handset

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]

ROUNDS = int(os.environ.get("KENTONGAN_CHAOS_ROUNDS") or 1)
REST = 150.0  # seconds in which all must have come to rest
SHARE = int(os.environ.get("KENTONGAN_CHAOS_SHARE") or 99)  # how many faults of the table: for a short look
INCIDENTS = chain("incident", 10, 14, 18, 22, 26)  # who is silent is followed up while things break
BETWEEN = 3.0  # seconds of undisturbed work between two faults


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    """A stack that nobody else uses."""
    one = prepared(Running, tmp_path, INCIDENTS)
    with alone(one):
        yield one


async def test_nothing_is_lost_doubled_or_out_of_order(
    running: Running, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    history, faults, observer = History(), Faults(running), Observer(running)
    await observer.begin()
    still, answering = await work_while(running, history, faults, observer)
    found = await observer.look(faults.windows)
    keep(Path(os.environ.get("KENTONGAN_CHAOS_KEEP") or tmp_path), history, found)
    verdicts = check(history.rows, found)
    with capsys.disabled():
        tell(verdicts, history, faults, f"{still}; files in {tmp_path}")
    assert answering, "nobody was ever asked anything: nothing was tried"
    assert not still, f"not at rest: {still}"
    broken = [one for one in verdicts if one.violations]
    assert not broken, "\n".join(f"{one.invariant}: {'; '.join(one.evidence[:5])}" for one in broken)


async def work_while(running: Running, history: History, faults: Faults, observer: Observer) -> tuple[str, float]:
    """Work, break, heal, rest. Gives what did not come to rest, and when a phone was last spoken to."""
    on, values = asyncio.Event(), Values()
    on.set()
    async with Handset(running.handset) as phones:
        cast = await phones.phones()
    people = People(running.home, history, values, on)
    caller = Caller(running.home, history, values, on)
    answering = asyncio.create_task(people.answer(cast))
    async with asyncio.TaskGroup() as group:
        for one in [person for person in cast if person["role"] == "midwife"]:
            group.create_task(people.care(one["phone"], one["channel"], one["places"][0]))
        for number in range(8):
            channel = "sms" if number % 2 else "whatsapp"
            group.create_task(people.report(f"0819-7700-00{number:02}", channel))
        group.create_task(caller.register_mothers("33.17.12.2002"))
        group.create_task(caller.register_mothers("33.17.09.2004"))
        group.create_task(caller.report_waste())
        group.create_task(caller.report_hazards())
        await asyncio.sleep(5)
        await break_things(faults)
        on.clear()
    still = await observer.rest(REST)
    await people.stop(answering)
    return still, people.last_heard


async def break_things(faults: Faults) -> None:
    """Each fault of the table, several times, with some work in between."""
    for number in range(ROUNDS):
        for fault in (
            *[(faults.kill, name) for name in ("telponi", "notifier", "gareng-mesem", "handset", "destana", "kafka")],
            (faults.drop, "sms", 6),
            (faults.kill, "postgres"),
            (faults.kill, "notifier"),
            (faults.kill_backend, ("notifier", "telponi")[number % 2]),
            (faults.drop, "whatsapp", 6),
            (faults.throttle, 20),
            (faults.kill_supervisor,),
        )[:SHARE]:
            await fault[0](*fault[1:])
            await asyncio.sleep(BETWEEN)


def keep(folder: Path, history: History, found: object) -> None:
    """For whoever has to find out why."""
    (folder / "history.jsonl").write_bytes(b"".join(orjson.dumps(one) + b"\n" for one in history.rows))
    (folder / "found.json").write_bytes(orjson.dumps(found))


def tell(verdicts: list[Verdict], history: History, faults: Faults, note: str) -> None:
    outcomes = Counter((one["op"], one["outcome"]) for one in history.rows)
    print(f"\n{len(history.rows)} operations: {dict(sorted(outcomes.items()))}; {note}")
    for what, seconds in faults.told:
        print(f"  {what:38} well again after {seconds:5.1f} s")
    for one in verdicts:
        for evidence in one.evidence[:5]:
            print(f"  {one.invariant}: {evidence}")
    for one in verdicts:
        told = {"invariant": one.invariant, "operations": one.operations, "violations": one.violations}
        print(json.dumps(told | ({"also": one.told} if one.told else {})))
