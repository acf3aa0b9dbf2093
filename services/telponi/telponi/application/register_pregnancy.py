"""Register a mother and screen her."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from chassis.kernel.codes import MOTHER, new_code
from chassis.kernel.errors import NotFound
from chassis.kernel.ids import derived_id
from chassis.kernel.work import Work
from telponi.application.caller import Caller
from telponi.application.start_referral import Case, running_referral, start_referral
from telponi.application.world import World
from telponi.domain.age import Age
from telponi.domain.danger_signs import ROWS_AND_SIGNS, DangerSign
from telponi.domain.pregnancy import History, Person, Pregnancy
from telponi.domain.referral import Referral


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterPregnancy:
    """What is said of a mother. `key` is the sender's own key of the report (KUNCI), empty where none was given."""

    caller: Caller
    person: Person
    age: Age
    history: History
    village: str
    twins_before: bool = False
    rows: tuple[str, ...] = ()
    signs: tuple[DangerSign, ...] = ()
    key: str = ""


@dataclass(frozen=True, slots=True)
class Registered:
    """The pregnancy, the referral that danger signs started, and whose code may be the same mother's."""

    pregnancy: Pregnancy
    referral: Referral | None = None
    possible_duplicate: str | None = None


async def register_pregnancy(command: RegisterPregnancy, work: Work, world: World) -> Registered:
    """Register a mother; the same report again gives the first answer. Raises Reject."""
    today = world.places.today(work.now)
    command.caller.must_care_for(command.village)
    command.history.checked(today, twins_before=command.twins_before)
    if same := await _said_before(command, work, world):
        return Registered(same, await running_referral(same, work))
    twin = await _possible_duplicate(command, work, world)
    pregnancy = new_pregnancy(command, work, world, twin)
    pregnancy.register(command.rows, today)
    work.add(pregnancy)
    referral = await _refer(command, pregnancy, work, world, today)
    return Registered(pregnancy, referral, twin.code if twin else None)


def new_pregnancy(command: RegisterPregnancy, work: Work, world: World, twin: Pregnancy | None) -> Pregnancy:
    """A pregnancy of what the command says, not yet registered."""
    return Pregnancy(
        report_id(command, world),
        code=new_code(MOTHER),
        village=command.village,
        registered_by=command.caller.contact,
        registered_at=work.now,
        person=command.person,
        age=command.age,
        history=command.history,
        likeness=likeness(command.person, command.age, command.village, world),
        nik_hash=world.fingerprints.of("nik", command.person.nik) if command.person.nik else None,
        possible_duplicate_of=twin.id if twin else None,
    )


def likeness(person: Person, age: Age, village: str, world: World) -> str:
    """What two registrations of one mother have in common: name, year of birth, village."""
    name = "".join(letter for letter in person.name.upper() if letter.isalpha())
    return world.fingerprints.of("likeness", name, str(age.birth_year), village)


def report_id(command: RegisterPregnancy, world: World) -> UUID:
    """The identity of a report: the sender's own key (KUNCI), else all that was said. The same report is one."""
    contact = str(command.caller.contact)
    if command.key:
        return derived_id("report", contact, command.key)
    said = (command.person, command.age, command.history, command.village)
    return derived_id("report", contact, world.fingerprints.of(*map(repr, said)))


async def _said_before(command: RegisterPregnancy, work: Work, world: World) -> Pregnancy | None:
    try:
        return await work.get(Pregnancy, report_id(command, world))
    except NotFound:
        return None


async def _possible_duplicate(command: RegisterPregnancy, work: Work, world: World) -> Pregnancy | None:
    """The newest registration that may be the same mother's."""
    found = await work.find(Pregnancy, "likeness", likeness(command.person, command.age, command.village, world))
    if command.person.nik:
        found += await work.find(Pregnancy, "nik_hash", world.fingerprints.of("nik", command.person.nik))
    return max(found, key=lambda one: one.registered_at, default=None)


async def _refer(
    command: RegisterPregnancy, pregnancy: Pregnancy, work: Work, world: World, today: date
) -> Referral | None:
    signs = tuple(dict.fromkeys((*command.signs, *signs_of(command.rows))))
    if not signs:
        return None
    pregnancy.report_danger(signs, today, work.now)
    referral, _ = await start_referral(Case(pregnancy, signs, command.caller), work, world)
    return referral


def signs_of(rows: tuple[str, ...]) -> tuple[DangerSign, ...]:
    """Danger signs that rows of the card are."""
    return tuple(ROWS_AND_SIGNS[row] for row in rows if row in ROWS_AND_SIGNS)
