"""BANJIR, ROB, LONGSOR and the others: anybody reports a hazard, by words or with a shared location."""

import re
from collections.abc import Awaitable, Callable
from functools import partial

from chassis.kernel.errors import Reject
from chassis.kernel.fields import KEY_LABEL, Typed
from destana.application.report_hazard import HazardTaken, ReportHazard, report_hazard
from destana.domain.hazard import WITH_DEPTH, Hazard
from destana.entrypoints.scene import Scene
from wire.dialogue.asking import optional
from wire.dialogue.places import PLACE, PLACE_LABELS, SPOT, place_instead, read_where
from wire.dialogue.words import Fields, Word

DEPTH = "kedalaman"
EXAMPLE_PLACE = "Sendangmulyo Kragan"
DEPTHS = "0 sampai 1000 cm"

_DEPTH = re.compile(r"(-?\d+)\s*(?:cm)?", re.IGNORECASE)
_TRAILING = re.compile(r"(.*?)\s*(-?\d+\s*(?:cm)?)", re.IGNORECASE)


def read(typed: Typed, *, depth: bool) -> Fields:
    """Lay the fields out: a place, and for floods a depth at the end."""
    fields = PLACE_LABELS.fields(typed.labels)
    parts = list(typed.fields)
    if len(parts) == 1 and depth and (match := _TRAILING.fullmatch(parts[0])) and not _is_code(parts[0]):
        parts = [match[1], match[2]]
    if (parts and depth and _DEPTH.fullmatch(parts[-1]) and not _is_code(parts[-1])) or len(parts) > 1:
        fields[DEPTH] = parts.pop()
    if place := " ".join(parts).strip():
        fields.setdefault(PLACE, place)
    return fields | ({KEY_LABEL: typed.key} if typed.key else {})


def _is_code(text: str) -> bool:
    """A village's code is no depth."""
    return bool(re.fullmatch(r"\d{10}|\d{2}\.\d{2}\.\d{2}\.\d{4}", text.strip()))


async def answer(scene: Scene, *, hazard: Hazard) -> str:
    """Take the report and say what to do now. Raises Asked for the first field that is wrong."""
    village, spot = read_where(scene.fields, scene.world.region, EXAMPLE_PLACE)
    depth = optional(scene.fields, DEPTH, "60", partial(read_depth, hazard=hazard))
    roles = tuple(grant.role for grant in scene.message.grants)
    command = ReportHazard(
        scene.message.contact, roles, hazard, village, depth, spot, scene.fields.get(KEY_LABEL, "")
    )
    world = scene.world
    with place_instead(EXAMPLE_PLACE):
        taken = await report_hazard(command, scene.work, world.rules, world.places, world.clocks)
    return _text(taken, depth, scene)


def read_depth(text: str, hazard: Hazard) -> int:
    """Centimetres. Raises Reject."""
    match = _DEPTH.fullmatch(text.strip())
    if match is None or hazard not in WITH_DEPTH:
        raise Reject(DEPTH, "format", f"angka {DEPTHS}, hanya untuk BANJIR dan ROB; - untuk mengosongkan")
    depth = int(match[1])
    if not 0 <= depth <= 1000:  # noqa: PLR2004 - destana.md, "Bad input"
        raise Reject(DEPTH, "out_of_range", DEPTHS)
    return depth


def _text(taken: HazardTaken, depth: int | None, scene: Scene) -> str:
    place = scene.world.places.label(taken.village)
    what = f"{taken.rule.name} {depth} cm" if depth is not None else taken.rule.name
    if taken.incident:
        told = f"{taken.incident} {what}, {place}: {taken.reporters} pelapor, BPBD dan kepala desa dikabari."
    else:
        told = f"Tercatat: {what}, {place}."
    return f"{told} {taken.rule.advice}"


async def located(_: Scene) -> str:
    """A location alone says not what happens there."""
    return "Lokasi diterima. Bahaya apa? Ketik dulu, contoh: BANJIR, lalu kirim lokasi lagi."


def _word(hazard: Hazard) -> Word[Scene]:
    deep = hazard in WITH_DEPTH
    answering: Callable[[Scene], Awaitable[str]] = partial(answer, hazard=hazard)
    example = f"{hazard.value} {EXAMPLE_PLACE}{' 60' if deep else ''}"
    return Word(
        hazard.value,
        example,
        f"{hazard.value} desa kecamatan{' kedalaman cm' if deep else ''}. Contoh: {example}",
        partial(read, depth=deep),
        answering,
        labels=PLACE_LABELS,
        keeps=frozenset({SPOT}),
    )


WORDS = tuple(_word(hazard) for hazard in Hazard)
WORDLESS: Word[Scene] = Word("LOKASI", "", "", partial(read, depth=False), located, keeps=frozenset({SPOT}))
