"""A batch gives what its steps would give one after another, whatever fails in it."""

from uuid import UUID

import pytest
from errands import TABLE, Errands, encode
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from subjects import InDatabase, InMemory

from chassis.kernel.errors import NotFound, Reject
from chassis.kernel.ids import derived_id
from chassis.kernel.work import Timer, Work
from chassis.postgres.boundary import Boundary
from chassis.postgres.pool import Pool
from chassis.postgres.step import Done, Failed, Outcome, Step
from chassis.testing.clock import MovableClock

pytestmark = pytest.mark.integration

IDS = [derived_id(f"aggregate {n}") for n in range(4)]
OWNERS = [derived_id(f"owner {n}") for n in range(2)]
EVENTS = [derived_id(f"event {n}") for n in range(9)]
VERBS = ("open", "put", "tag", "close", "tag all of owner", "move by tag", "arm", "disarm")

FAILS = st.integers(0, 3).map(lambda n: n == 3)

Deed = tuple[str, int, int, int, bool, bool]
DEEDS = st.tuples(
    st.sampled_from(VERBS), st.integers(0, 3), st.integers(0, 1), st.integers(0, 8), FAILS, st.booleans()
)


def step(deed: Deed) -> Step[int]:
    verb, which, owner, event, fails, declares = deed
    one = IDS[which]

    async def handle(work: Work) -> int:
        # Memory knows at once that something exists, the database at the commit: another failure must come before.
        if fails and verb == "open":
            raise Reject("deed", "fails", "gagal")
        touched = await do(work, verb, one, OWNERS[owner])
        work.record((verb, which))
        if fails:
            raise Reject("deed", "fails", "gagal")
        return touched

    return Step(EVENTS[event], handle, needs=((Errands, one),) if declares else ())


async def do(work: Work, verb: str, one: UUID, owner: UUID) -> int:
    if verb == "open":
        made = Errands(one, f"K{IDS.index(one)}", owner)
        made.open()
        work.add(made)
        return 1
    if verb in {"put", "tag", "close"}:
        found = await work.get(Errands, one)
        {"put": lambda: found.put("x"), "tag": lambda: found.tag("t"), "close": found.close}[verb]()
        return found.version
    if verb in {"arm", "disarm"}:
        work.set_timer(Timer(f"{one}", work.now, "x", one)) if verb == "arm" else work.clear_timer(f"{one}")
        return 0
    return await do_to_many(work, verb, owner)


async def do_to_many(work: Work, verb: str, owner: UUID) -> int:
    if verb == "tag all of owner":
        many = await work.find(Errands, "open_owner", owner)
        for found in many:
            found.tag(f"t{len(many)}")
        return len(many)
    many = await work.find(Errands, "tag", "t")
    for found in many:
        found.tags.remove("t")
        found.put("moved")
    return len(many)


def plain(outcomes: list[Outcome[int]]) -> list[object]:
    return [(type(one.error), str(one.error)) if isinstance(one, Failed) else one for one in outcomes]


async def state(subject: InDatabase | InMemory) -> list[object]:
    async def read(work: Work) -> list[str]:
        return [repr(found) for one in IDS if (found := await maybe(work, one))]

    (done,) = await subject.run([Step(None, read)])
    assert isinstance(done, Done)
    return [done.answer, await subject.events(), await subject.timers()]


async def maybe(work: Work, one: UUID) -> Errands | None:
    try:
        return await work.get(Errands, one)
    except NotFound:
        return None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=st.lists(DEEDS, max_size=6), batch=st.lists(DEEDS, min_size=1, max_size=14))
async def test_a_batch_equals_its_steps_one_by_one(
    pool: Pool, clock: MovableClock, before: list[Deed], batch: list[Deed]
) -> None:
    await pool.execute("truncate errands, inbox, outbox, timer, idempotency")
    together = InDatabase(Boundary(pool, [TABLE], encode, clock, "together"))
    await together.run([step(deed) for deed in before])
    outcomes = await together.run([step(deed) for deed in batch])

    singly = InMemory(clock)
    await singly.run([step(deed) for deed in before])
    expected = [(await singly.run([step(deed)]))[0] for deed in batch]

    assert plain(outcomes) == plain(expected)
    assert await state(together) == await state(singly)
