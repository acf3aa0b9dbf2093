"""DAFTAR: an operator approves or refuses, the person is told, others learn of the role."""

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.kernel.errors import Conflict
from chassis.kernel.work import Work
from notifier.application.applications import Telling, Verdict, approve, refuse
from notifier.application.contacts import revoke_grant
from notifier.domain.alert import Alert
from notifier.domain.audience import Audience
from notifier.domain.audit import Audit
from notifier.domain.contact import Contact, ContactStated, Grant

KADER, MIDWIFE = Grant("kader", "33.17.12"), Grant("midwife", "33.17.12.2002")
BOSS = uuid4()


@pytest.fixture
def told() -> list[dict[str, str]]:
    return []


@pytest.fixture
def telling(told: list[dict[str, str]]) -> Telling:
    def seal(values: Any) -> bytes:
        told.append(dict(values))
        return b"sealed"

    return Telling(seal, {"33.17.12": "Kragan"}.__getitem__)


async def apply(town: Any, grant: Grant, number: int = 1) -> UUID:
    id_: UUID = await town.bring(number)

    async def handle(_: None, work: Work) -> None:
        (await work.get(Contact, id_)).apply("Siti", grant, work.now)

    await town.work.do(handle, None)
    return id_


async def do(town: Any, use_case: Any, answer: Verdict, telling: Telling) -> bool:
    result: bool = await town.work.do(partial(use_case, telling=telling), answer)
    return result


async def test_an_approval_gives_the_role_and_tells_the_person_and_the_bus(
    town: Any, telling: Telling, told: list[Any]
) -> None:
    siti = await apply(town, KADER)
    assert await do(town, approve, Verdict(siti, KADER, BOSS), telling)
    contact = town.contact(siti)
    assert (contact.grants, contact.applied_for, contact.applied_at) == ({KADER}, None, None)
    assert town.work.events_of(ContactStated)[-1].grants == (KADER,)
    [alert] = town.work.all(Alert)
    assert (alert.template, alert.audience) == ("notifier.approved", Audience(contacts=(siti,)))
    assert told == [{"role": "KADER", "place": "Kragan"}]
    assert [(one.by, one.what, one.about) for one in town.work.all(Audit)] == [(BOSS, "application_approved", siti)]


@pytest.mark.parametrize("use_case", [approve, refuse])
async def test_two_answers_of_a_kind_are_one(town: Any, telling: Telling, use_case: Any) -> None:
    siti = await apply(town, KADER)
    answer = Verdict(siti, KADER, BOSS)
    assert [await do(town, use_case, answer, telling) for _ in range(2)] == [True, False]
    assert len(town.work.all(Alert)) == len(town.work.all(Audit)) == 1


async def test_a_refusal_is_told_and_gives_nothing(town: Any, telling: Telling) -> None:
    siti = await apply(town, KADER)
    await do(town, refuse, Verdict(siti, KADER, BOSS), telling)
    assert town.contact(siti).grants == frozenset()
    assert [alert.template for alert in town.work.all(Alert)] == ["notifier.refused"]
    with pytest.raises(Conflict, match="sekarang: tidak ada"):
        await do(town, approve, Verdict(siti, KADER, BOSS), telling)


async def test_only_what_the_operator_saw_is_answered(town: Any, telling: Telling) -> None:
    siti = await apply(town, KADER)
    for use_case in (approve, refuse):
        with pytest.raises(Conflict, match="pendaftaran kontak ini sekarang: kader@") as wrong:
            await do(town, use_case, Verdict(siti, MIDWIFE, BOSS), telling)
        assert wrong.value.field == "grant"
    await do(town, approve, Verdict(siti, KADER, BOSS), telling)
    with pytest.raises(Conflict):
        await do(town, refuse, Verdict(siti, KADER, BOSS), telling)
    assert town.work.all(Alert)[0].template == "notifier.approved"


async def test_who_applies_again_later_is_told_again(town: Any, telling: Telling, clock: Any) -> None:
    siti = await apply(town, KADER)
    await do(town, approve, Verdict(siti, KADER, BOSS), telling)

    async def revoke(_: None, work: Work) -> None:
        await revoke_grant(siti, KADER, work)

    await town.work.do(revoke, None)
    clock.move(timedelta(days=1))

    async def again(_: None, work: Work) -> None:
        (await work.get(Contact, siti)).apply("Siti", KADER, work.now)

    await town.work.do(again, None)
    assert await do(town, approve, Verdict(siti, KADER, BOSS), telling)
    assert len(town.work.all(Alert)) == 2
