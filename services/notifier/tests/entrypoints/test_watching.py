import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.kernel.errors import Transient
from notifier.adapters.progress import Standing
from notifier.entrypoints import watching
from notifier.entrypoints.watching import Watches

ALERT = uuid4()


@dataclass(frozen=True)
class Person:
    contact: UUID
    answered: bool = False


@dataclass
class Records:
    """The people asked, as they stand; None when the alert is gone."""

    people: list[Person] = field(default_factory=list)
    gone: bool = False

    async def standing(self, _: UUID) -> Standing | None:
        answered = sum(person.answered for person in self.people)
        return None if self.gone else Standing("planned", len(self.people), answered, 0)

    async def asked(
        self,
        _: UUID,
        *,
        acknowledged: bool | None,  # noqa: ARG002 - the port's
        after: UUID | None,
        limit: int,
    ) -> Sequence[Person]:
        return [one for one in self.people if after is None or one.contact > after][:limit]

    def answer(self, number: int) -> None:
        self.people[number] = Person(self.people[number].contact, answered=True)


def asked(count: int) -> Records:
    return Records([Person(UUID(int=n + 1)) for n in range(count)])


async def test_a_snapshot_then_only_what_changed_however_slow_the_watcher() -> None:
    records = asked(3)
    async with aclosing(Watches(records, look=0.001).follow(ALERT)) as looks:
        first = await anext(looks)
        assert (first.snapshot, len(first.people)) == (True, 3)
        records.answer(0)
        records.answer(2)
        seen = await anext(looks)
        assert (seen.snapshot, [one.contact.int for one in seen.people]) == (False, [1, 3])
        assert seen.standing.acknowledged == 2
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(looks), 0.05)


async def test_a_big_snapshot_comes_in_parts_and_beyond_the_limit_only_counts_are_told() -> None:
    async with aclosing(Watches(asked(watching.PAGE + 1), look=0.001).follow(ALERT)) as looks:
        parts = [await anext(looks) for _ in range(2)]
    assert [(part.snapshot, len(part.people)) for part in parts] == [(True, watching.PAGE), (True, 1)]
    records = asked(6)
    async with aclosing(Watches(records, look=0.001, most=5).follow(ALERT)) as looks:
        first = await anext(looks)
        records.answer(0)
        seen = await anext(looks)
    assert [(one.counts_only, list(one.people)) for one in (first, seen)] == [(True, []), (True, [])]
    assert (first.standing.acknowledged, seen.standing.acknowledged) == (0, 1)


async def test_the_stream_ends_with_the_alert_and_gives_its_place_back(monkeypatch: Any) -> None:
    monkeypatch.setattr(watching, "MOST_WATCHERS", 1)
    records = asked(1)
    watches = Watches(records, look=0.001)
    looks = watches.follow(ALERT)
    await anext(looks)
    with pytest.raises(Transient):
        await anext(watches.follow(ALERT))
    records.gone = True
    assert [seen async for seen in looks] == []
    records.gone = False
    async with aclosing(watches.follow(ALERT)) as again:
        assert (await anext(again)).snapshot
