"""What only the database can show: races, locks, losses, and that nothing is left of what was not committed."""

import asyncio
import random
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from errands import Errands
from steps import ONE, OWNER, TWO, opening, putting, reading

from chassis.kernel.errors import Conflict, Reject, Transient
from chassis.kernel.ids import derived_id
from chassis.kernel.work import Work
from chassis.postgres.batch import FEW
from chassis.postgres.boundary import Boundary
from chassis.postgres.outbox import EVENT, SUBJECT, OutboxRow, write, written
from chassis.postgres.pool import Pool
from chassis.postgres.step import Done, Failed, Repeated, Step

pytestmark = pytest.mark.integration


async def rows(pool: Pool) -> dict[str, int]:
    names = ("errands", "inbox", "outbox", "timer", "idempotency")
    return {name: await pool.fetchval(f"select count(*) from {name}") for name in names}  # noqa: S608 - names above


def put_or_open(aggregate_id, code: str, text: str) -> Step[None]:
    async def handle(work: Work) -> None:
        found = await work.find(Errands, "code", code)
        if not found:
            found = [Errands(aggregate_id, code, OWNER)]
            found[0].open()
            work.add(found[0])
        found[0].put(text)

    return Step(uuid4(), handle)


async def test_batches_that_make_the_same_thing_lose_no_update(boundary: Boundary, pool: Pool) -> None:
    batches = [[put_or_open(uuid4(), f"K{n}", f"{lane}") for n in range(10)] for lane in range(8)]
    outcomes = await asyncio.gather(*map(boundary.run, batches))
    assert all(type(one) is Done for batch in outcomes for one in batch)
    assert await pool.fetchval("select sum(jsonb_array_length(items)) from errands") == 80
    assert await rows(pool) == {"errands": 10, "inbox": 80, "outbox": 90, "timer": 0, "idempotency": 0}


async def test_ordered_locks_do_not_deadlock(boundary: Boundary, pool: Pool) -> None:
    hot = [uuid4() for _ in range(12)]
    await boundary.run([opening(one, f"K{n}") for n, one in enumerate(hot)])

    def batch(lane: int) -> list[Step[int]]:
        return [putting(one, f"{lane}") for one in random.sample(hot, 12)]

    before = await pool.fetchval("select deadlocks from pg_stat_database where datname = current_database()")
    outcomes = await asyncio.gather(*(boundary.run(batch(lane)) for lane in range(12)))
    assert all(type(one) is Done for part in outcomes for one in part)
    assert await pool.fetchval("select sum(jsonb_array_length(items)) from errands") == 144
    await pool.execute("select pg_stat_force_next_flush()")
    assert await pool.fetchval("select deadlocks from pg_stat_database where datname = current_database()") == before


async def test_locks_are_taken_in_order_even_when_handlers_ask_late(boundary: Boundary, pool: Pool) -> None:
    hot = [uuid4() for _ in range(6)]
    await boundary.run([opening(one, f"K{n}") for n, one in enumerate(hot)])

    def wander() -> Step[None]:
        way = random.sample(hot, 6)

        async def handle(work: Work) -> None:
            for one in way:
                (await work.get(Errands, one)).put("x")

        return Step(uuid4(), handle)

    outcomes = await asyncio.gather(*(boundary.run([wander(), wander()]) for _ in range(9)))
    assert all(type(one) is Done for part in outcomes for one in part)
    assert await pool.fetchval("select sum(jsonb_array_length(items)) from errands") == 108


async def test_an_error_of_the_database_hits_only_its_step(boundary: Boundary) -> None:
    await boundary.run([opening(ONE, "K1"), opening(TWO, "K2")])

    async def too_many(work: Work) -> None:
        errands = await work.get(Errands, ONE)
        for _ in range(30):
            errands.put("x")

    steps = [putting(TWO, "a"), Step(uuid4(), too_many), putting(TWO, "b"), putting(ONE, "c")]
    outcomes = await boundary.run(steps)
    assert [type(one) for one in outcomes] == [Done, Failed, Done, Done]
    assert [type(one) for one in await boundary.run(steps)] == [Repeated, Failed, Repeated, Repeated]


async def test_a_code_that_is_taken_is_a_conflict_and_its_neighbours_stand(boundary: Boundary) -> None:
    await boundary.run([opening(ONE, "K1")])
    outcomes = await boundary.run([putting(ONE, "a"), opening(TWO, "K1"), putting(ONE, "b")])
    assert isinstance(outcomes[1], Failed)
    assert isinstance(outcomes[1].error, Conflict)
    assert [outcomes[0], outcomes[2]] == [Done(1), Done(2)]


async def test_a_code_made_anew_gets_through(boundary: Boundary) -> None:
    await boundary.run([opening(ONE, "K1")])
    codes = iter(["K1", "K1", "K2"])

    async def handle(work: Work) -> str:
        made = Errands(TWO, next(codes), OWNER)
        work.add(made)
        return made.code

    assert await boundary.run([Step(uuid4(), handle)]) == [Done("K2")]


async def test_what_is_made_outside_of_the_handler_is_refused_and_not_lost(boundary: Boundary) -> None:
    made = Errands(ONE, "K1", OWNER)

    async def handle(work: Work) -> None:
        made.open()
        work.add(made)

    assert isinstance((await boundary.run([Step(uuid4(), handle)]))[0], Done)
    [again] = await boundary.run([Step(uuid4(), handle)])
    assert isinstance(again, Failed)
    assert "made outside of the handler" in str(again.error)


async def test_a_cancelled_batch_leaves_nothing(boundary: Boundary, pool: Pool) -> None:
    inside = asyncio.Event()

    async def hang(_: Work) -> None:
        inside.set()
        await asyncio.sleep(60)

    running = asyncio.create_task(boundary.run([opening(ONE), Step(uuid4(), hang)]))
    await inside.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert set((await rows(pool)).values()) == {0}
    left = "select count(*) from pg_stat_activity where state like 'idle in%' and datname = current_database()"
    assert await pool.fetchval(left) == 0


@pytest.mark.parametrize("more", [0, FEW], ids=["without locks", "with locks"])
async def test_a_lost_connection_is_transient_for_all_and_leaves_nothing(
    boundary: Boundary, pool: Pool, more: int
) -> None:
    async def cut(_: Work) -> None:
        await pool.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where pid <> pg_backend_pid() and datname = current_database()"
        )

    others = [opening(uuid4(), f"L{number}") for number in range(more)]
    outcomes = await boundary.run([opening(ONE), *others, Step(uuid4(), cut)])
    assert all(isinstance(one, Failed) and isinstance(one.error, Transient) for one in outcomes)
    assert set((await rows(pool)).values()) == {0}
    assert await boundary.run([opening(ONE)]) == [Done("K1")]


async def test_the_trace_and_the_cause_travel_with_the_message(boundary: Boundary) -> None:
    step = opening(ONE)
    step.traceparent = "00-aa-bb-01"
    dead = OutboxRow("dlq", None, "dead", "", b"\x00\xff", uuid4(), (("dlq-reason", b"\x00\xff bad"),))

    async def bury(work: Work) -> None:
        work.record(dead)

    await boundary.run([step, Step(None, bury)])
    first, second = await boundary.outbox.fetch(10)
    assert (first.traceparent, first.key, first.subject) == ("00-aa-bb-01", str(ONE).encode(), "1")
    assert (second.value, second.key, second.headers) == (dead.value, None, dead.headers)
    assert boundary.outbox.wake.is_set()
    assert [row.seq for row in await boundary.outbox.fetch_on(10, [first])] == [second.seq]
    assert [row.seq for row in await boundary.outbox.fetch(10)] == [second.seq]


async def test_a_repeated_id_in_two_batches_at_once_happens_once(boundary: Boundary) -> None:
    await boundary.run([opening(ONE)])
    steps = [putting(ONE, f"{n}") for n in range(10)]
    one, two = await asyncio.gather(boundary.run(steps), boundary.run(steps[::-1]))
    assert sorted(type(o).__name__ for o in one + two) == ["Done"] * 10 + ["Repeated"] * 10


async def test_commands_share_transactions_and_keep_their_errors(boundary: Boundary, pool: Pool) -> None:
    ids = [derived_id(str(n)) for n in range(100)]
    with pytest.raises(Transient, match="busy"):
        await boundary.command(opening(ONE))
    await boundary.start()
    answers = await asyncio.gather(
        *(boundary.command(opening(one, f"K{n}")) for n, one in enumerate(ids)),
        boundary.command(putting(ids[0], "x", fail=Reject("a", "b", "c"))),
        return_exceptions=True,
    )
    assert answers[:100] == [f"K{n}" for n in range(100)]
    assert isinstance(answers[100], Reject)
    transactions = await pool.fetchval("select count(distinct xmin::text) from errands")
    assert transactions <= 4
    late = asyncio.create_task(boundary.command(reading(ids[0])))
    await asyncio.sleep(0)
    await boundary.stop()
    assert "K0" in await late


BUNDLE = (
    "insert into outbox(topic, key, type, value, event_ids, subjects, occurred_at, traceparent)"
    " values ('out', $1, 'told', $2, $3::uuid[], $4::uuid[], now(), '00-aa-bb-01')"
)


async def test_a_bundle_is_read_as_its_events_and_forgotten_as_a_whole(boundary: Boundary, pool: Pool) -> None:
    ids, subjects, alone = [uuid4() for _ in range(5)], [uuid4() for _ in range(5)], uuid4()
    value = b"\x00a" + EVENT + b"b" + SUBJECT + b"c" + SUBJECT
    await pool.execute(BUNDLE, b"k", value, ids, subjects)
    async with pool.acquire() as connection:
        row = written(OutboxRow("out", "k", "told", "s", value, alone), datetime.now(UTC), None)
        await write(connection, [row, row])
    assert await boundary.outbox.count() == 7
    found = await boundary.outbox.fetch(100)
    for event, id_, about in zip(found, ids, subjects, strict=False):
        one, who = str(id_).encode(), str(about).encode()
        assert (event.event_id, event.subject) == (str(id_), str(about))
        assert event.value == b"\x00a" + one + b"b" + who + b"c" + who
    assert [(one.event_id, one.subject, one.value) for one in found[5:]] == [(str(alone), "s", value)] * 2
    assert {(one.topic, one.key, one.type) for one in found} == {("out", b"k", "told")}
    assert [one.traceparent for one in found] == ["00-aa-bb-01"] * 5 + [None] * 2
    # Never more than asked for, but for a bundle that comes first: it goes whole.
    assert [len(await boundary.outbox.fetch(limit)) for limit in (1, 4, 5, 6, 7)] == [5, 5, 5, 6, 7]
    await boundary.outbox.fetch_on(100, found[:5])
    assert [one.subject for one in await boundary.outbox.fetch(100)] == ["s", "s"]
