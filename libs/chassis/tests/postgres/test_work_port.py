"""What every work unit keeps to, the one in memory and the boundary on PostgreSQL alike."""

from dataclasses import replace
from datetime import timedelta

from errands import Closed, Errands, ItemAdded, Opened
from steps import ONE, OWNER, TWO, finding, opening, putting, reading
from subjects import Subject

from chassis.kernel.errors import Conflict, NotFound, Reject
from chassis.kernel.work import Timer, Work
from chassis.postgres.step import Done, Failed, Idempotency, Repeated, Step
from chassis.testing.clock import MovableClock


async def test_a_step_changes_and_tells(subject: Subject) -> None:
    outcomes = await subject.run([opening(ONE), putting(ONE, "milk"), putting(ONE, "rice")])
    assert outcomes == [Done("K1"), Done(1), Done(2)]
    assert await subject.events() == [
        repr(Opened("K1")), repr(ItemAdded("milk")), repr(("put", "milk")), repr(ItemAdded("rice")),
        repr(("put", "rice")),
    ]  # fmt: skip
    assert await subject.timers() == ["t-milk", "t-rice"]
    (read,) = await subject.run([reading(ONE)])
    assert read == Done(repr(Errands(ONE, "K1", OWNER, ["milk", "rice"], version=3)))


async def test_what_is_not_there_is_not_found(subject: Subject) -> None:
    (outcome,) = await subject.run([reading(ONE)])
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, NotFound)
    assert outcome.error.field == "errands"


async def test_the_culprit_is_left_out_and_its_neighbours_do_not_notice(subject: Subject) -> None:
    bug = ValueError("bug")
    steps = [opening(ONE), opening(TWO, "K2"), putting(ONE, "a"), putting(ONE, "b", fail=bug), putting(ONE, "c"),
             putting(TWO, "d", fail=Reject("x", "y", "z")), putting(TWO, "e")]  # fmt: skip
    outcomes = await subject.run(steps)
    assert [type(one) for one in outcomes] == [Done, Done, Done, Failed, Done, Failed, Done]
    assert outcomes[3] == Failed(bug)
    assert outcomes[4] == Done(2)
    assert await subject.timers() == ["t-a", "t-c", "t-e"]
    assert repr(ItemAdded("b")) not in await subject.events()


async def test_a_failed_step_may_come_again(subject: Subject) -> None:
    failing = putting(ONE, "a")
    (first,) = await subject.run([failing])
    assert isinstance(first, Failed)
    assert await subject.run([opening(ONE), failing]) == [Done("K1"), Done(1)]


async def test_a_repeated_id_happens_once_in_a_batch_and_across(subject: Subject) -> None:
    step = putting(ONE, "a")
    assert await subject.run([opening(ONE), step, step]) == [Done("K1"), Done(1), Repeated()]
    assert await subject.run([step, putting(ONE, "b")]) == [Repeated(), Done(2)]


async def test_a_repeated_id_after_its_failure_in_one_batch_runs(subject: Subject) -> None:
    early = putting(ONE, "a")
    outcomes = await subject.run([early, opening(ONE), early])
    assert [type(one) for one in outcomes] == [Failed, Done, Done]
    assert await subject.run([early]) == [Repeated()]


async def test_look_ups_see_what_the_batch_did(subject: Subject) -> None:
    async def change(work: Work) -> None:
        errands = await work.get(Errands, ONE)
        errands.tag('quo"ted\\')
        errands.close()
        assert await work.find(Errands, "open_owner", OWNER) == [await work.get(Errands, TWO)]

    await subject.run([opening(ONE)])
    outcomes = await subject.run([
        finding("owner", OWNER), finding("tag", 'quo"ted\\'), opening(TWO, "K2"), Step(None, change),
        finding("owner", OWNER), finding("tag", 'quo"ted\\'), finding("open_owner", OWNER), finding("code", "K2"),
        finding("code", "none"),
    ])  # fmt: skip
    both = [code for _, code in sorted([(ONE, "K1"), (TWO, "K2")])]
    assert outcomes == [
        Done(["K1"]), Done([]), Done("K2"), Done(None),
        Done(both), Done(["K1"]), Done(["K2"]), Done(["K2"]), Done([]),
    ]  # fmt: skip
    assert await subject.run([finding("tag", 'quo"ted\\'), finding("open_owner", OWNER)]) == [
        Done(["K1"]), Done(["K2"]),
    ]  # fmt: skip


async def test_what_exists_cannot_be_added(subject: Subject) -> None:
    outcomes = await subject.run([opening(ONE), opening(ONE)])
    (later,) = await subject.run([opening(ONE)])
    for outcome in (outcomes[1], later):
        assert isinstance(outcome, Failed)
        assert isinstance(outcome.error, Conflict)


def keyed(step: Step[str], digest: bytes = b"1", key: str = "key") -> Step[str]:
    return replace(step, id=None, idempotency=Idempotency(key, "open", digest, str.encode, bytes.decode))


async def test_the_same_key_gives_the_first_answer(subject: Subject) -> None:
    first, second, third = keyed(opening(ONE, "K1")), keyed(opening(TWO, "K2")), keyed(opening(TWO, "K3"))
    assert await subject.run([first, second]) == [Done("K1"), Done("K1")]
    assert await subject.run([third]) == [Done("K1")]
    (missing,) = await subject.run([reading(TWO)])
    assert isinstance(missing, Failed)


async def test_the_same_key_with_another_body_is_refused(subject: Subject) -> None:
    await subject.run([keyed(opening(ONE, "K1"))])
    outcomes = await subject.run([keyed(opening(TWO, "K2"), b"2"), keyed(opening(TWO, "K2"), b"2", "other key")])
    assert isinstance(outcomes[0], Failed)
    assert isinstance(outcomes[0].error, Conflict)
    assert outcomes[0].error.field == "idempotency_key"
    assert outcomes[1] == Done("K2")


async def test_a_failed_command_does_not_use_up_its_key(subject: Subject) -> None:
    (failed,) = await subject.run([keyed(replace(reading(ONE)))])
    assert isinstance(failed, Failed)
    assert await subject.run([keyed(opening(ONE))]) == [Done("K1")]


async def test_a_timer_fires_while_it_stands(subject: Subject, clock: MovableClock) -> None:
    timer = Timer("offer", clock.now(), "expire", ONE, {"n": "1"})

    async def arm(work: Work) -> None:
        work.set_timer(timer)

    async def close(work: Work) -> None:
        (await work.get(Errands, ONE)).close()

    firing = Step(None, close, timer=timer)
    moved = Step(None, close, timer=replace(timer, due=timer.due + timedelta(minutes=1)))
    assert await subject.run([opening(ONE), firing]) == [Done("K1"), Repeated()]
    await subject.run([Step(None, arm)])
    assert await subject.run([moved, firing, firing]) == [Repeated(), Done(None), Repeated()]
    assert await subject.timers() == []
    assert (await subject.events()).count(repr(Closed())) == 1


async def test_a_failed_timer_stands(subject: Subject, clock: MovableClock) -> None:
    timer = Timer("offer", clock.now(), "expire", ONE)

    async def arm(work: Work) -> None:
        work.set_timer(timer)

    await subject.run([Step(None, arm)])
    (outcome,) = await subject.run([Step(None, reading(ONE).handle, timer=timer)])
    assert isinstance(outcome, Failed)
    assert await subject.timers() == ["offer"]


async def test_a_timer_is_cleared_and_replaced(subject: Subject) -> None:
    async def arm(work: Work) -> None:
        for name in ("a", "b", "a"):
            work.set_timer(Timer(name, work.now, "x", ONE))

    async def clear(work: Work) -> None:
        work.clear_timer("a")
        work.clear_timer("unknown")

    await subject.run([Step(None, arm)])
    await subject.run([Step(None, clear)])
    assert await subject.timers() == ["b"]


async def test_the_step_has_the_clock_s_time(subject: Subject, clock: MovableClock) -> None:
    async def tell(work: Work) -> object:
        return work.now

    clock.move(timedelta(hours=3))
    assert await subject.run([Step(None, tell)]) == [Done(clock.now())]


async def test_what_is_not_declared_is_a_bug_of_its_step(subject: Subject) -> None:
    (opened, outcome) = await subject.run([opening(ONE), finding("nonsense", 1)])
    assert opened == Done("K1")
    assert isinstance(outcome, Failed)
