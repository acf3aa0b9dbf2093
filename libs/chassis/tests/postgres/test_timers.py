"""Timers fire by the clock, in order, by one process, and a failing one holds up nobody."""

import asyncio
import os
import signal
import sys
import textwrap
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from steps import ONE, opening

from chassis.kernel.work import Timer, Work
from chassis.postgres.boundary import Boundary
from chassis.postgres.firer import TimerFirer
from chassis.postgres.leader import lead
from chassis.postgres.pool import Pool
from chassis.postgres.step import Step
from chassis.testing.clock import MovableClock
from chassis.testing.postgres import Database, Databases
from chassis.testing.until import until

pytestmark = pytest.mark.integration


def arming(*timers: Timer) -> Step[None]:
    async def handle(work: Work) -> None:
        for timer in timers:
            work.set_timer(timer)

    return Step(None, handle)


@asynccontextmanager
async def running(firer: TimerFirer) -> AsyncIterator[None]:
    task = asyncio.create_task(firer.run())
    yield
    task.cancel()
    await asyncio.wait([task])


def telling(fired: list[str]) -> Callable[[Timer], Step[None]]:
    def to_step(timer: Timer) -> Step[None]:
        async def handle(_: Work) -> None:
            fired.append(f"{timer.id} {timer.data.get('n')}")

        return Step(None, handle)

    return to_step


async def test_they_fire_in_order_when_the_clock_is_moved(boundary: Boundary, clock: MovableClock) -> None:
    fired: list[str] = []
    now = clock.now()
    timers = [Timer(f"t{n}", now + timedelta(hours=9 - n), "tell", ONE, {"n": str(n)}) for n in range(9)]
    await boundary.run([arming(*timers)])
    async with running(TimerFirer(boundary, {"tell": telling(fired)})):
        await asyncio.sleep(0.05)
        assert fired == []
        clock.move(timedelta(hours=4))
        await until(lambda: len(fired) == 4, 30)
        clock.move(timedelta(hours=5))
        await until(lambda: len(fired) == 9, 30)
        async with asyncio.timeout(30):  # they tell before their step is committed
            while await boundary.pool.fetchval("select count(*) from timer"):  # noqa: ASYNC110 - looks from outside
                await asyncio.sleep(0.005)
    assert fired == [f"t{n} {n}" for n in reversed(range(9))]


async def test_one_set_by_a_command_fires_at_once_when_due(boundary: Boundary, clock: MovableClock) -> None:
    fired: list[str] = []
    async with running(TimerFirer(boundary, {"tell": telling(fired)})):
        await asyncio.sleep(0.05)
        await boundary.run([arming(Timer("now", clock.now(), "tell", ONE))])
        await until(lambda: fired == ["now None"], 30)


async def test_only_one_due_before_the_next_look_wakes_who_fires(boundary: Boundary, clock: MovableClock) -> None:
    boundary.timers_until = clock.now() + timedelta(seconds=1)
    await boundary.run([arming(Timer("later", clock.now() + timedelta(hours=1), "kind", ONE))])
    assert not boundary.timers_changed.is_set()
    await boundary.run([arming(Timer("soon", clock.now(), "kind", ONE))])
    assert boundary.timers_changed.is_set()


async def test_a_failing_one_waits_longer_each_time_and_others_pass(boundary: Boundary, clock: MovableClock) -> None:
    fired: list[str] = []
    tried: list[str] = []

    def fail(timer: Timer) -> Step[None]:
        async def handle(_: Work) -> None:
            tried.append(timer.id)
            raise ValueError("bug")

        return Step(None, handle)

    firer = TimerFirer(boundary, {"tell": telling(fired), "fail": fail})
    due = clock.now()
    await boundary.run(
        [arming(Timer("a", due, "fail", ONE), Timer("b", due, "tell", ONE), Timer("c", due, "what", ONE))]
    )
    assert await firer.fire_due() == 3
    assert fired == ["b None"]
    assert await firer.fire_due() == 0
    clock.move(timedelta(seconds=6))
    assert await firer.fire_due() == 2
    clock.move(timedelta(seconds=6))
    assert await firer.fire_due() == 0
    clock.move(timedelta(seconds=6))
    assert await firer.fire_due() == 2
    assert len(tried) >= 3
    failures = await boundary.pool.fetch("select failures from timer order by id")
    assert [row[0] for row in failures] == [3, 3]


async def test_one_cleared_after_it_was_read_does_not_fire(boundary: Boundary, clock: MovableClock) -> None:
    fired: list[str] = []

    def to_step(timer: Timer) -> Step[None]:
        return telling(fired)(timer)

    timer = Timer("offer", clock.now(), "tell", ONE)
    await boundary.run([opening(ONE), arming(timer)])

    async def clear(work: Work) -> None:
        work.clear_timer("offer")

    step = to_step(timer)
    step.timer = timer
    await boundary.run([Step(None, clear), step])
    assert fired == []


async def test_only_one_leads(pool: Pool) -> None:
    working: list[int] = []

    def work(n: int):
        async def run() -> None:
            working.append(n)
            await asyncio.sleep(60)

        return run

    first = asyncio.create_task(lead(pool, "x", work(1)))
    await until(lambda: working == [1], 30)
    second = asyncio.create_task(lead(pool, "x", work(2)))
    await asyncio.sleep(0.3)
    assert working == [1]
    first.cancel()
    await until(lambda: working == [1, 2], 30)
    # A leader whose connection ends stops at once: somebody else may lead now.
    await pool.execute(
        "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and pid <> pg_backend_pid()"
        " and database = (select oid from pg_database where datname = current_database())"
    )
    await until(lambda: working == [1, 2, 2], 30)
    second.cancel()
    await asyncio.wait([first, second])


LEADER = """
    import asyncio, sys
    from chassis.postgres.leader import lead
    from chassis.postgres.pool import open_pool

    async def work():
        print("leading", flush=True)
        await asyncio.sleep(60)

    async def main():
        await lead(await open_pool(sys.argv[1], name="leader", size=1), "x", work)

    asyncio.run(main())
"""


async def test_another_process_takes_over_after_kill_9(database: Databases) -> None:
    made: Database = await database("telponi")

    async def start() -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-c", textwrap.dedent(LEADER), made.dsn, stdout=asyncio.subprocess.PIPE
        )

    first = await start()
    assert first.stdout is not None
    assert await first.stdout.readline() == b"leading\n"
    second = await start()
    assert second.stdout is not None
    line = asyncio.ensure_future(second.stdout.readline())
    done, _ = await asyncio.wait([line], timeout=1.0)
    assert not done
    os.kill(first.pid, signal.SIGKILL)
    assert await asyncio.wait_for(line, 3) == b"leading\n"
    second.kill()
    await asyncio.gather(first.wait(), second.wait())
