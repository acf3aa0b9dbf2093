"""A word without a code means the sender's only open matter of that kind; when there are several, they are listed."""

from collections.abc import Sequence

from chassis.kernel.codes import MOTHER
from telponi.application.look_up import mothers_of
from telponi.entrypoints.words import texts
from telponi.entrypoints.words.said import Said
from wire.dialogue.asking import Asked
from wire.dialogue.codes import CODE, checked_code, wrong_code


async def mother_code(said: Said) -> str:
    """The code of the mother meant. Raises Asked."""
    code = checked_code(said.fields, MOTHER)
    if code:
        return code
    mothers = await mothers_of(said.caller, said.work)
    items = [f"{one.code} {one.person.initials} {said.world.places.village(one.village)}" for one in mothers]
    return only([one.code for one in mothers], items, MOTHER)


def only(codes: Sequence[str], items: Sequence[str], kind: str) -> str:
    """The only one. Raises Asked: there is none, or several, which are listed."""
    if len(codes) == 1:
        return codes[0]
    if not codes:
        raise wrong_code(kind)
    raise Asked(CODE, texts.listed("kode yang mana? Kirim kode saja:", items))
