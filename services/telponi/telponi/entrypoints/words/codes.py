"""A word without a code means the sender's only open matter of that kind; when there are several, they are listed."""

import re
from collections.abc import Sequence

from chassis.kernel.codes import MOTHER, REFERRAL, as_code
from telponi.application.look_up import mothers_of
from telponi.entrypoints.words import texts
from telponi.entrypoints.words.said import Asked, Said

CODE = "kode"
_LOOKS_LIKE_CODE = re.compile(r"[A-Z](?=[A-Z0-9]*\d)[A-Z0-9]{1,5}", re.IGNORECASE)


def take_code(text: str, kinds: str) -> tuple[str, str]:
    """Part a text at its code: (`M7K2P`, the rest). The code is empty where the text begins with none.

    What looks like a code but is none (a letter that codes do not use) is given as one, for the error to name it.
    """
    first, _, rest = text.strip().partition(" ")
    bare = first.strip(".,;:#")
    if as_code(bare, kinds) or _LOOKS_LIKE_CODE.fullmatch(bare):
        return bare.upper(), rest.strip()
    return "", text.strip()


def checked_code(said: Said, kind: str) -> str | None:
    """The code that was given, or None. Raises Asked for one that cannot be."""
    text = said.fields.get(CODE, "")
    if not text:
        return None
    code = as_code(text, kind)
    if code is None:
        raise wrong_code(kind)
    return code


def wrong_code(kind: str) -> Asked:
    """It is no code of this kind."""
    example = {MOTHER: "M7K2P", REFERRAL: "R2K7P"}[kind]
    return Asked(CODE, f"kode salah: {kind} dan 4 huruf/angka. Kirim kode saja, contoh: {example}")


async def mother_code(said: Said) -> str:
    """The code of the mother meant. Raises Asked."""
    code = checked_code(said, MOTHER)
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
