import asyncio
import itertools
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.kernel.errors import Denied, Transient
from notifier.adapters.progress import Standing
from notifier.entrypoints import followed, watching
from notifier.entrypoints.shared_look import Pace
from notifier.entrypoints.watching import Watches

ALERT = uuid4()
NEVER = 600.0  # a look by itself that no test lives to see
PUSHED = Pace(rest=0.0, slow=NEVER)


@dataclass(frozen=True)
class Person:
    contact: UUID
    answered: bool = False
    place: str = "33.17.12.2002"
    stands_for: tuple[UUID, ...] = ()

    def told_to(self, shown: Callable[[UUID], bool]) -> "Person":
        return replace(self, stands_for=tuple(filter(shown, self.stands_for)))


@dataclass
class Records:
    """The people asked, as they stand; None when the alert is gone."""

    people: list[Person] = field(default_factory=list)
    gone: bool = False
    looks: int = 0

    async def standing(self, _: UUID) -> Standing | None:
        self.looks += 1
        answered = sum(person.answered for person in self.people)
        return None if self.gone else Standing("planned", len(self.people), answered, 0)

    async def asked(
        self,
        _: UUID,
        *,
        acknowledged: bool | None,  # noqa: ARG002 - the port's
        after: UUID | None,
        limit: int,
        places: object = None,  # noqa: ARG002 - as above
    ) -> Sequence[Person]:
        return [one for one in self.people if after is None or one.contact > after][:limit]

    def answer(self, number: int) -> None:
        self.people[number] = replace(self.people[number], answered=True)


@dataclass
class News:
    """Who watches what in this process."""

    watched: dict[UUID, asyncio.Event] = field(default_factory=dict)
    said: int = 0

    def watch(self, alert: UUID) -> asyncio.Event:
        self.said += 1
        return self.watched.setdefault(alert, asyncio.Event())

    def forget(self, alert: UUID) -> None:
        del self.watched[alert]

    def changed(self) -> None:
        for event in self.watched.values():
            event.set()


def asked(count: int) -> Records:
    return Records([Person(UUID(int=n + 1)) for n in range(count)])


async def quiet(looks: Any) -> bool:
    """Whether nothing is told for a while; the watcher is lost with it."""
    try:
        await asyncio.wait_for(anext(looks), 0.05)
    except TimeoutError:
        return True
    return False


async def test_a_snapshot_then_only_what_changed_when_it_is_told() -> None:
    records, news = asked(3), News()
    async with aclosing(Watches(records, news, pace=PUSHED).follow(ALERT)) as looks:
        first = await anext(looks)
        assert (first.snapshot, len(first.people)) == (True, 3)
        records.answer(0)
        records.answer(2)
        news.changed()
        seen = await anext(looks)
        assert (seen.snapshot, [one.contact.int for one in seen.people]) == (False, [1, 3])
        assert seen.standing.acknowledged == 2
        records.answer(1)  # nobody says so
        assert await quiet(looks)


async def test_a_lost_word_is_made_up_for_by_the_slow_look() -> None:
    records, news = asked(3), News()
    async with aclosing(Watches(records, news, pace=Pace(rest=0.0, slow=0.05)).follow(ALERT)) as looks:
        await anext(looks)
        records.answer(1)
        seen = await asyncio.wait_for(anext(looks), 20)
        assert [one.contact.int for one in seen.people] == [2]
    assert news.said > 1, "that it is watched is said again with every look"


async def test_a_hundred_who_watch_cost_what_one_does_and_each_is_told_what_is_news_to_it() -> None:
    records, news = asked(5), News()
    watches = Watches(records, news, pace=PUSHED)
    everybody = [watches.follow(ALERT) for _ in range(watching.MOST_WATCHERS)]
    early, late = everybody[:-1], everybody[-1]
    firsts = await asyncio.gather(*(anext(one) for one in early))
    assert records.looks <= 2  # those who came while it was taken have it taken once more
    records.answer(4)
    news.changed()
    news.changed()
    changes = await asyncio.gather(*(anext(one) for one in early))
    before = records.looks
    assert before <= 3
    snapshot = await anext(late)
    assert {len(one.people) for one in firsts} == {5}
    assert {tuple(each.contact.int for each in one.people) for one in changes} == {(5,)}
    assert (snapshot.snapshot, len(snapshot.people), snapshot.standing.acknowledged) == (True, 5, 1)
    for one in everybody:
        await one.aclose()


async def test_a_slow_watcher_is_told_all_that_it_missed_at_once() -> None:
    records, news = asked(4), News()
    watches = Watches(records, news, pace=PUSHED)
    async with aclosing(watches.follow(ALERT)) as slow, aclosing(watches.follow(ALERT)) as quick:
        await anext(slow)
        await anext(quick)
        for number in (3, 0):
            records.answer(number)
            news.changed()
            await anext(quick)
        assert {one.contact.int for one in (await anext(slow)).people} == {1, 4}


async def test_changes_told_one_after_another_are_looked_at_together() -> None:
    records, news = asked(3), News()
    async with aclosing(Watches(records, news, pace=Pace(rest=0.2, slow=NEVER)).follow(ALERT)) as looks:
        await anext(looks)
        for number in (0, 1, 2):
            records.answer(number)
            news.changed()
            await asyncio.sleep(0.01)
        assert len((await anext(looks)).people) == 3
    assert records.looks == 2


async def test_who_goes_leaves_nothing_behind() -> None:
    records, news = asked(1), News()
    watches = Watches(records, news, pace=PUSHED)
    first, second = watches.follow(ALERT), watches.follow(ALERT)
    for looks in (first, second):
        await anext(looks)
    waiting = asyncio.create_task(anext(second))
    await asyncio.sleep(0)
    waiting.cancel()  # as gRPC does when the caller goes
    await asyncio.wait([waiting])
    assert news.watched
    await first.aclose()
    assert (news.watched, watches._followed, watches._watching) == ({}, {}, 0)
    for _ in range(3):
        await asyncio.sleep(0)
    assert [task for task in asyncio.all_tasks() if "SharedLook._keep_looking" in repr(task)] == []


async def test_a_look_that_fails_is_told_to_all_and_the_next_who_comes_finds_a_new_one() -> None:
    records, news = asked(1), News()
    watches = Watches(records, news, pace=PUSHED)
    both = [watches.follow(ALERT) for _ in range(2)]
    for looks in both:
        await anext(looks)
    standing, records.standing = records.standing, broken  # type: ignore[method-assign]
    news.changed()
    for looks in both:
        with pytest.raises(OSError, match="away"):
            await anext(looks)
    records.standing = standing  # type: ignore[method-assign]
    async with aclosing(watches.follow(ALERT)) as again:
        assert (await anext(again)).snapshot


async def broken(_: UUID) -> None:
    raise OSError("the database is away")


async def test_a_big_snapshot_comes_in_parts_and_beyond_the_limit_only_counts_are_told() -> None:
    async with aclosing(Watches(asked(followed.PAGE + 1), News(), pace=PUSHED).follow(ALERT)) as looks:
        parts = [await anext(looks) for _ in range(2)]
    assert [(part.snapshot, len(part.people)) for part in parts] == [(True, followed.PAGE), (True, 1)]
    records, news = asked(6), News()
    async with aclosing(Watches(records, news, most=5, pace=PUSHED).follow(ALERT)) as looks:
        first = await anext(looks)
        records.answer(0)
        news.changed()
        seen = await anext(looks)
    assert [(one.counts_only, list(one.people)) for one in (first, seen)] == [(True, []), (True, [])]
    assert (first.standing.acknowledged, seen.standing.acknowledged) == (0, 1)


async def test_the_stream_ends_with_the_alert_and_gives_its_place_back(monkeypatch: Any) -> None:
    monkeypatch.setattr(watching, "MOST_WATCHERS", 1)
    records, news = asked(1), News()
    watches = Watches(records, news, pace=PUSHED)
    looks = watches.follow(ALERT)
    await anext(looks)
    with pytest.raises(Transient):
        await anext(watches.follow(ALERT))
    records.gone = True
    news.changed()
    assert [seen async for seen in looks] == []
    records.gone = False
    async with aclosing(watches.follow(ALERT)) as again:
        assert (await anext(again)).snapshot


async def test_people_of_places_that_are_not_seen_are_counted_and_not_told_of() -> None:
    records, news = asked(4), News()
    for number in (1, 3):
        records.people[number] = replace(records.people[number], place="33.17.09.2004")
    stood_for = tuple(one.contact for one in records.people[:2])
    records.people[2] = replace(records.people[2], stands_for=stood_for)

    async def here() -> set[str]:
        return {"33.17.12", "33.17.12.2002"}

    watches = Watches(records, news, pace=PUSHED)
    async with aclosing(watches.follow(ALERT, here)) as looks, aclosing(watches.follow(ALERT)) as whole:
        seen, everybody = await anext(looks), await anext(whole)
        assert ([one.contact.int for one in seen.people], seen.hidden, seen.standing.asked) == ([1, 3], 2, 4)
        assert seen.people[1].stands_for == stood_for[:1]
        assert (len(everybody.people), everybody.hidden, everybody.people[2].stands_for) == (4, 0, stood_for)
        records.answer(3)
        news.changed()
        seen = await anext(looks)
        assert (list(seen.people), seen.hidden, seen.standing.acknowledged) == ([], 2, 1)


async def keep_changing(records: Records, news: News) -> None:
    for number in itertools.count():
        records.people[0] = replace(records.people[0], answered=number % 2 == 0)
        news.changed()
        await asyncio.sleep(0.01)


async def ended(looks: Any) -> None:
    async for _ in looks:
        pass


@pytest.mark.parametrize("busy", [True, False])
async def test_who_may_not_watch_any_more_is_told_so_whether_or_not_something_happens(
    monkeypatch: pytest.MonkeyPatch, *, busy: bool
) -> None:
    monkeypatch.setattr(watching, "CHECKED", 0.2)
    records, news, held = asked(3), News(), {"operator@33.17.12"}

    async def may() -> None:
        if not held:
            raise Denied("grants", "taken_away", "peran ini sudah dicabut")

    happening = asyncio.create_task(keep_changing(records, news) if busy else asyncio.sleep(0))
    async with aclosing(Watches(records, news, pace=PUSHED).follow(ALERT, may)) as looks:
        await anext(looks)
        held.clear()
        with pytest.raises(Denied):
            await asyncio.wait_for(ended(looks), 20)
    assert not news.watched, "it is forgotten as when the watcher goes"
    happening.cancel()
