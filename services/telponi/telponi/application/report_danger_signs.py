"""Report danger signs: the emergency referral starts at once."""

from dataclasses import dataclass

from chassis.kernel.work import Work
from telponi.application.caller import CARERS, Caller
from telponi.application.look_up import mother_by_code
from telponi.application.register_pregnancy import RegisterPregnancy, likeness, new_pregnancy
from telponi.application.start_referral import Case, start_referral
from telponi.application.world import World
from telponi.domain.age import Age
from telponi.domain.danger_signs import DangerSign
from telponi.domain.pregnancy import History, Person, Pregnancy
from telponi.domain.referral import Referral


@dataclass(frozen=True, slots=True)
class UnregisteredMother:
    """As much of a mother as is said in an emergency."""

    person: Person
    age: Age
    village: str


@dataclass(frozen=True, slots=True)
class ReportDangerSigns:
    """The signs of a mother, known by her code or not registered; `note` is what was said besides."""

    caller: Caller
    mother: str | UnregisteredMother
    signs: tuple[DangerSign, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class DangerReported:
    """The mother, her referral, and whether the report started it."""

    pregnancy: Pregnancy
    referral: Referral
    started: bool


async def report_danger_signs(command: ReportDangerSigns, work: Work, world: World) -> DangerReported:
    """Start the emergency referral, or add to the one that runs. Raises Reject."""
    mother = await _mother(command, work, world)
    mother.report_danger(command.signs, world.places.today(work.now), work.now)
    case = Case(mother, command.signs, command.caller, command.note)
    referral, started = await start_referral(case, work, world)
    return DangerReported(mother, referral, started)


async def _mother(command: ReportDangerSigns, work: Work, world: World) -> Pregnancy:
    if isinstance(command.mother, str):
        return await mother_by_code(command.mother, command.caller, CARERS, work)
    return await _unregistered(command.mother, command.caller, work, world)


async def _unregistered(said: UnregisteredMother, caller: Caller, work: Work, world: World) -> Pregnancy:
    """The mother of that name, age and village: she may be registered after all, or was reported just now."""
    caller.must_care_for(said.village)
    known = await work.find(Pregnancy, "likeness", likeness(said.person, said.age, said.village, world))
    if known:
        return max(known, key=lambda one: one.registered_at)
    command = RegisterPregnancy(
        caller=caller, person=said.person, age=said.age, history=History(), village=said.village
    )
    mother = new_pregnancy(command, work, world, None)
    mother.register((), world.places.today(work.now))
    work.add(mother)
    return mother
