"""Reading the village of a report: a code, a name, the sender's own."""

from chassis.region.places import Village
from telponi.application.caller import CARERS
from telponi.entrypoints.words.said import Asked, Said

NAME = "DESA"
EXAMPLE = "DESA Sendangmulyo Kragan"
MOST_LISTED = 9


def village_of(said: Said) -> str:
    """The village's code; without DESA it is the sender's only one. Raises Asked."""
    text = said.fields.get(NAME, "")
    if not text:
        return _own(said)
    match = said.region.find_village(text)
    if match.village is None:
        if match.exact:
            raise _choose(said, f"{NAME} {text} ada {len(match.exact)}", match.exact)
        if match.close:
            raise _choose(said, f"{NAME} itu tidak ada, maksudnya", match.close)
        raise Asked(NAME, f"{NAME} tidak dikenal: nama atau kode desa. Kirim DESA saja, contoh: {EXAMPLE}")
    if not said.caller.covers(match.village.code, *CARERS):
        raise Asked(NAME, f"{NAME} harus di wilayah tugas Anda. Kirim DESA saja, contoh: {_example(said)}")
    return match.village.code


def _own(said: Said) -> str:
    villages = [v for v in (said.region.villages.get(p) for p in said.caller.places(*CARERS)) if v]
    if len(villages) == 1 and len(said.caller.places(*CARERS)) == 1:
        return villages[0].code
    if villages:
        raise _choose(said, f"{NAME} belum ada", tuple(villages[:MOST_LISTED]))
    raise Asked(NAME, f"{NAME} belum ada: nama atau kode desa. Kirim DESA saja, contoh: {EXAMPLE}")


def _choose(said: Said, head: str, villages: tuple[Village, ...]) -> Asked:
    names = ", ".join(
        f"{number} {village.name} {said.region.districts[village.district].name}"
        for number, village in enumerate(villages, start=1)
    )
    return Asked(NAME, f"{head}: {names}. Balas nomornya.", choices=tuple(village.code for village in villages))


def _example(said: Said) -> str:
    """A village that this sender may name."""
    for place in said.caller.places(*CARERS):
        if village := next(said.region.inside(place), None):
            return f"DESA {village.name} {said.region.districts[village.district].name}"
    return EXAMPLE
