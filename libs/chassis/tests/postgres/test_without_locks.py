"""Few steps go without a transaction: what they read must stand when they write, or they run again under locks."""

from typing import Self
from uuid import UUID, uuid4

import pytest
from errands import TABLE, Errands, encode
from steps import ONE, TWO, opening, putting

from chassis.kernel.work import Work
from chassis.postgres.batch import FEW
from chassis.postgres.boundary import Boundary
from chassis.postgres.pool import Pool
from chassis.postgres.step import Done, Idempotency, Repeated, Step
from chassis.testing.clock import MovableClock

pytestmark = pytest.mark.integration

BEHIND_OUR_BACK = "update errands set version = version + 1, items = items || '[\"theirs\"]' where id = $1"


def meanwhile(pool: Pool, reads: UUID, changes: UUID, seen: list[list[str]]) -> Step[None]:
    """Read one and change another; while it runs first, somebody else changes what it has read."""

    async def handle(work: Work) -> None:
        read = await work.get(Errands, reads)
        changed = await work.get(Errands, changes)
        seen.append(list(read.items))
        if len(seen) == 1:
            await pool.execute(BEHIND_OUR_BACK, reads)
        changed.put("ours")

    return Step(uuid4(), handle, needs=((Errands, reads), (Errands, changes)))


@pytest.mark.parametrize("changes", [ONE, TWO], ids=["what it changes", "what it only reads"])
async def test_what_changed_after_it_was_read_is_read_again(boundary: Boundary, pool: Pool, changes: UUID) -> None:
    await boundary.run([opening(ONE, "K1"), opening(TWO, "K2")])
    seen: list[list[str]] = []
    assert await boundary.run([meanwhile(pool, ONE, changes, seen)]) == [Done(None)]
    assert seen[0] == []
    assert seen[-1] == ["theirs"]
    kept = await pool.fetchval("select items from errands where id = $1", changes)
    assert kept == ('["theirs", "ours"]' if changes == ONE else '["ours"]')
    assert await pool.fetchval("select count(*) from inbox") == 3


async def test_who_lost_a_race_takes_locks_first_for_a_while(boundary: Boundary, pool: Pool) -> None:
    await boundary.run([opening(ONE, "K1"), opening(TWO, "K2")])
    await boundary.run([meanwhile(pool, ONE, TWO, [])])
    held: list[int] = []

    async def look(work: Work) -> None:
        (await work.get(Errands, TWO)).put("more")
        held.append(await pool.fetchval("select count(*) from pg_stat_activity where state = 'idle in transaction'"))

    assert await boundary.run([Step(uuid4(), look, needs=((Errands, TWO),))]) == [Done(None)]
    assert held[-1] >= 1


async def test_a_lone_step_is_one_question_and_one_answer(boundary: Boundary, pool: Pool) -> None:
    await boundary.run([opening(ONE)])
    counted = Counting(pool)
    lone = Boundary(counted, [TABLE], encode, MovableClock(), "telponi")
    assert await lone.run([putting(ONE, "x")]) == [Done(1)]
    assert [said.split()[0] for said in counted.said] == ["select", "with"]


@pytest.mark.parametrize("more", [0, FEW], ids=["alone", "in a crowd"])
async def test_done_before_is_done_once(boundary: Boundary, pool: Pool, more: int) -> None:
    await boundary.run([opening(ONE)])
    step = putting(ONE, "x")
    assert await boundary.run([step]) == [Done(1)]
    crowd = [opening(uuid4(), f"M{number}") for number in range(more)]
    assert (await boundary.run([step, *crowd]))[0] == Repeated()
    assert await pool.fetchval("select items from errands where id = $1", ONE) == '["x"]'


async def test_a_key_used_before_gives_its_answer_though_the_handler_would_fail_now(boundary: Boundary) -> None:
    def once() -> Step[str]:
        step = opening(ONE)
        step.id = None
        step.idempotency = Idempotency("key", "open", b"same", str.encode, bytes.decode)
        return step

    assert await boundary.run([once()]) == [Done("K1")]
    assert await boundary.run([once()]) == [Done("K1")]


class Counting:
    """A pool that notes what is asked of it."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.said: list[str] = []

    def acquire(self, *, timeout: float | None = None) -> "Counting":
        self._loan = self._pool.acquire(timeout=timeout)
        return self

    async def __aenter__(self) -> Self:
        self._connection = await self._loan.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._loan.__aexit__(*error)  # type: ignore[arg-type] # as it came

    def __getattr__(self, name: str) -> object:
        async def ask(query: str, *args: object) -> object:
            self.said.append(query)
            return await getattr(self._connection, name)(query, *args)

        return ask if name in {"execute", "fetch", "fetchrow", "fetchval"} else getattr(self._connection, name)
