"""Reading the village of a report: the one named, within the sender's reach, or the sender's own."""

from telponi.application.caller import CARERS
from telponi.entrypoints.words.said import Said
from wire.dialogue.asking import Asked, once_more
from wire.dialogue.villages import choose_village, full_name, missing_village, read_village

NAME = "DESA"
EXAMPLE = "DESA Sendangmulyo Kragan"


def village_of(said: Said) -> str:
    """The village's code; without DESA it is the sender's only one. Raises Asked."""
    text = said.fields.get(NAME, "")
    if not text:
        return _own(said)
    village = read_village(text, said.region, NAME, EXAMPLE)
    if not said.caller.covers(village.code, *CARERS):
        raise Asked(NAME, f"{NAME} harus di wilayah tugas Anda. {once_more(NAME, _example(said))}")
    return village.code


def _own(said: Said) -> str:
    places = said.caller.places(*CARERS)
    villages = [village for place in places if (village := said.region.villages.get(place))]
    if len(villages) == 1 and len(places) == 1:
        return villages[0].code
    if villages:
        raise choose_village(NAME, f"{NAME} belum ada", villages, said.region)
    raise missing_village(NAME, EXAMPLE)


def _example(said: Said) -> str:
    """A village that this sender may name."""
    for place in said.caller.places(*CARERS):
        if village := next(said.region.inside(place), None):
            return f"{NAME} {full_name(village, said.region)}"
    return EXAMPLE
