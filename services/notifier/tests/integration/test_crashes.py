"""kill -9 in the middle: nothing lost, nothing doubled beyond the window."""

import asyncio
import pickle
import signal
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from chassis.kernel.alert import Group, Lane
from chassis.testing.until import until
from notifier.domain.delivery import State

pytestmark = pytest.mark.integration
VILLAGE = "33.17.12.2002"
REPLY = {"text": "Tercatat."}
CHILD = """
import pickle, sys
from dataclasses import replace
from notifier import bootstrap
from notifier.adapters import planning
from chassis.process import run
planning.PAGE = 20
planning.Planning.__init__.__defaults__ = (20,)
with open(sys.argv[1], "rb") as file:
    settings, prefix = pickle.load(file)
run(bootstrap.compose(settings, prefix=prefix))
"""


class Child:
    """A notifier in a process of its own, to be killed."""

    def __init__(self, notifier: Any, folder: Path) -> None:
        self._file = folder / "settings.pickle"
        self._file.write_bytes(pickle.dumps((notifier.settings, notifier.kafka.prefix)))
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", CHILD, str(self._file), stdout=asyncio.subprocess.DEVNULL
        )

    async def kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGKILL)
            await self._process.wait()


async def audience(notifier: Any, size: int) -> tuple[Group, ...]:
    """Residents put straight into the table: how many there are is what counts."""
    await notifier.process.pool.execute(
        "insert into contact(id, version, phone_hash, held, inside, preferred, on_duty, opted_out)"
        " select gen_random_uuid(), 1, sha256(n::text::bytea), array['resident@' || $2], array['resident@33.17.12'],"
        " 'sms', true, false from generate_series(1, $1) n",
        size,
        VILLAGE,
    )
    return (Group("resident", "33.17.12", within=True),)


async def test_an_expansion_that_is_killed_goes_on_where_it_was(stopped: Any, tmp_path: Path) -> None:
    await stopped.start(roles=frozenset({"webhook"}))
    groups = await audience(stopped, 3000)
    child = Child(stopped, tmp_path)
    await child.start()
    try:
        alert = await stopped.raise_alert("reply", REPLY, groups=groups, lane=Lane.ROUTINE)

        async def planned() -> int:
            return int(await stopped.fetchval("select count(*) from delivery where alert = $1", alert.id))

        async def some() -> bool:
            return await planned() >= 200

        await until(some, 40)
        await child.kill()
        assert 200 <= await planned() < 3000
        await child.start()

        async def done() -> bool:
            return bool(await stopped.fetchval("select state = 'planned' from alert where id = $1", alert.id))

        await until(done, 40)
    finally:
        await child.kill()
    rows = await stopped.process.pool.fetch("select contact from delivery where alert = $1", alert.id)
    assert len(rows) == len({row["contact"] for row in rows}) == 3000
    assert await stopped.fetchval("select planned from alert where id = $1", alert.id) == 3000


@pytest.mark.parametrize(
    ("lane", "sent", "unclear"), [(Lane.URGENT, 2, 0), (Lane.LIFE_SAFETY, 2, 0), (Lane.ROUTINE, 1, 1)]
)
async def test_what_a_crash_left_unclear_is_decided_by_the_lane(
    stopped: Any, tmp_path: Path, lane: Lane, sent: int, unclear: int
) -> None:
    _leave_the_second_channel_alone(stopped)
    await stopped.start(roles=frozenset({"webhook"}))
    people = tuple(await stopped.people(("+628120000001", "midwife", VILLAGE, "sms")))
    child = Child(stopped, tmp_path)
    stopped.centre.mute = True
    await child.start()
    try:
        alert = await stopped.raise_alert("reply", REPLY, contacts=people, lane=lane)
        await until(lambda: bool(stopped.centre.submits), 40)
        assert await stopped.states(alert) == [State.SENDING]
        await child.kill()
        stopped.centre.mute = False
        await child.start()
        later = await stopped.raise_alert("reply", REPLY, contacts=people, lane=lane, subject=uuid4())
        await stopped.reach(later, State.SENT, seconds=40)
        await stopped.reach(alert, State.UNCLEAR if unclear else State.SENT)
        assert len(stopped.centre.submits) == 1 + sent
    finally:
        await child.kill()


def _leave_the_second_channel_alone(notifier: Any) -> None:
    """This centre sends no receipts: life-safety would go on to WhatsApp while the test still looks."""
    clocks = {"notifier.second_channel": timedelta(hours=1)}
    notifier.settings = replace(notifier.settings, process=replace(notifier.settings.process, clocks=clocks))


async def test_two_processes_share_a_lane_without_doubling(stopped: Any, tmp_path: Path) -> None:
    await stopped.start()
    child = Child(stopped, tmp_path)
    await child.start()
    try:
        await until(lambda: len(stopped.centre.sockets) == 2, 40)
        phones = [(f"+6281200002{n:03}", "resident", VILLAGE, "sms") for n in range(40)]
        await stopped.people(*phones)
        alert = await stopped.raise_alert("reply", REPLY, groups=(Group("resident", VILLAGE),))
        await stopped.reach(alert, *[State.SENT] * 40, seconds=30)
        assert len(stopped.centre.submits) == 40
    finally:
        await child.kill()
