"""Steps on errands, for the tests of the boundary."""

from uuid import UUID, uuid4

from errands import Errands

from chassis.kernel.ids import derived_id
from chassis.kernel.work import Timer, Work
from chassis.postgres.step import Step

ONE, TWO, OWNER = (derived_id(name) for name in ("one", "two", "owner"))


def opening(aggregate_id: UUID, code: str = "K1", owner: UUID = OWNER) -> Step[str]:
    async def handle(work: Work) -> str:
        errands = Errands(aggregate_id, code, owner)
        errands.open()
        work.add(errands)
        return code

    return Step(uuid4(), handle)


def putting(aggregate_id: UUID, text: str, *, fail: Exception | None = None) -> Step[int]:
    async def handle(work: Work) -> int:
        errands = await work.get(Errands, aggregate_id)
        errands.put(text)
        work.record(("put", text))
        work.set_timer(Timer(f"t-{text}", work.now, "remind", aggregate_id))
        if fail is not None:
            raise fail
        return len(errands.items)

    return Step(uuid4(), handle, needs=((Errands, aggregate_id),))


def reading(aggregate_id: UUID) -> Step[str]:
    async def handle(work: Work) -> str:
        return repr(await work.get(Errands, aggregate_id))

    return Step(None, handle)


def finding(index: str, value: object) -> Step[list[str]]:
    async def handle(work: Work) -> list[str]:
        return [one.code for one in await work.find(Errands, index, value)]

    return Step(None, handle)
