"""Add facts of the score card that somebody saw."""

from dataclasses import dataclass

from chassis.kernel.work import Work
from telponi.application.caller import CARERS, Caller
from telponi.application.look_up import mother_by_code
from telponi.application.register_pregnancy import signs_of
from telponi.application.start_referral import Case, start_referral
from telponi.application.world import World
from telponi.domain.danger_signs import DangerSign
from telponi.domain.kspr import Screening
from telponi.domain.pregnancy import Pregnancy
from telponi.domain.referral import Referral


@dataclass(frozen=True, slots=True)
class AddFactors:
    """Rows that were seen, and danger signs that were named with them."""

    caller: Caller
    code: str
    rows: tuple[str, ...]
    signs: tuple[DangerSign, ...] = ()


@dataclass(frozen=True, slots=True)
class FactorsAdded:
    """The pregnancy, the screening before, and the referral that danger signs started."""

    pregnancy: Pregnancy
    before: Screening
    referral: Referral | None = None


async def add_factors(command: AddFactors, work: Work, world: World) -> FactorsAdded:
    """Screen again with new facts; rows 19 and 20 start the emergency referral. Raises NotFound."""
    mother = await mother_by_code(command.code, command.caller, CARERS, work)
    today = world.places.today(work.now)
    before = mother.add_factors(command.rows, today, work.now)
    signs = tuple(dict.fromkeys((*command.signs, *signs_of(command.rows))))
    if not signs:
        return FactorsAdded(mother, before)
    mother.report_danger(signs, today, work.now)
    referral, _ = await start_referral(Case(mother, signs, command.caller), work, world)
    return FactorsAdded(mother, before, referral)
