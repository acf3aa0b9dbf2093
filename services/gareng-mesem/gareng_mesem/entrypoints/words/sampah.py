"""SAMPAH: a resident reports waste, by words or with a shared location."""

from dataclasses import replace

from chassis.kernel.errors import Reject
from chassis.kernel.fields import KEY_LABEL, Typed, near_miss
from gareng_mesem.application.report_waste import ReportMade, ReportWaste, report_waste
from gareng_mesem.domain.waste import NAME, Category, Size
from gareng_mesem.entrypoints.scene import Scene
from gareng_mesem.entrypoints.words import texts
from wire.dialogue.asking import needed, optional
from wire.dialogue.places import PHOTO, PLACE, PLACE_LABELS, SPOT, place_instead, read_where
from wire.dialogue.words import Answer, Fields, Labels, Word

KIND, SIZE = "jenis", "ukuran"
LABELS = Labels({**PLACE_LABELS.names, "JENIS": KIND, "UKURAN": SIZE})
KINDS = {category.value: category for category in Category}
SIZES = {size.value: size for size in Size}
USUAL_SIZE = Size.MOTORCYCLE  # where nobody says: the collector sees it, and brings what is needed
EXAMPLE_PLACE = "Tasikagung Rembang"


def read(typed: Typed) -> Fields:
    """Lay the fields out by what they are: a kind, a size, and what is left names the place."""
    texts_typed = typed.fields if len(typed.fields) > 1 else _by_words(typed.fields)
    fields = LABELS.fields(typed.labels)
    for position, text in enumerate(texts_typed):
        name = _name_of(text, position)
        if text and name not in fields:
            fields[name] = text
    return fields | ({KEY_LABEL: typed.key} if typed.key else {})


def _name_of(text: str, position: int) -> str:
    if text.upper() in SIZES:
        return SIZE
    if text.upper() in KINDS or position == 0:
        return KIND
    return PLACE if position == 1 else SIZE


def _by_words(fields: tuple[str, ...]) -> tuple[str, ...]:
    """`TUMPUKAN Tasikagung Rembang MOTOR` typed without any separator."""
    words = " ".join(fields).split()
    size = words.pop() if len(words) > 1 and words[-1].upper() in SIZES else ""
    kind = words[0] if words else ""
    return tuple(part for part in (kind, " ".join(words[1:]), size) if part)


async def answer(scene: Scene) -> Answer:
    """Make the report and say what follows. Raises Asked for the first field that is wrong."""
    category = needed(scene.fields, KIND, "TUMPUKAN", read_kind)
    village, spot = read_where(scene.fields, scene.world.region, EXAMPLE_PLACE)
    size = optional(scene.fields, SIZE, "MOTOR", read_size) or USUAL_SIZE
    command = ReportWaste(scene.message.contact, scene.message.channel.value, category, size, village, spot)
    command = replace(command, photo=scene.fields.get(PHOTO, ""), key=scene.fields.get(KEY_LABEL, ""))
    with place_instead(EXAMPLE_PLACE):
        made = await report_waste(command, scene.work, scene.world.places, scene.world.clocks)
    return Answer(_text(made, scene))


def read_kind(text: str) -> Category:
    """A kind by its word, one letter wrong allowed. Raises Reject."""
    word = text.upper()
    kind = KINDS.get(word) or KINDS.get(near_miss(word, KINDS) or "")
    if kind is None:
        raise Reject(KIND, "unknown", ", ".join(KINDS))
    return kind


def read_size(text: str) -> Size:
    """A size by its word, one letter wrong allowed. Raises Reject."""
    word = text.upper()
    size = SIZES.get(word) or SIZES.get(near_miss(word, SIZES) or "")
    if size is None:
        raise Reject(SIZE, "unknown", ", ".join(SIZES))
    return size


def _text(made: ReportMade, scene: Scene) -> str:
    place = scene.world.places.label(made.village)
    target = texts.when(made.target_at, scene.world.region)
    if made.merged:
        return f"{made.code} {NAME[made.category]}, {place}: digabung dengan laporan yang sudah ada. Target {target}."
    return f"{made.code} {NAME[made.category]}, {place}. Petugas dipanggil, target {target}. Cek: STATUS {made.code}"


WORD: Word[Scene] = Word(
    "SAMPAH",
    "SAMPAH TUMPUKAN # Tasikagung Rembang # MOTOR",
    "SAMPAH jenis # tempat # ukuran. Contoh: SAMPAH TUMPUKAN # Tasikagung Rembang # MOTOR. "
    f"Jenis: {', '.join(KINDS)}. Ukuran: {', '.join(SIZES)}",
    read,
    answer,
    labels=LABELS,
    keeps=frozenset({SPOT, PHOTO}),
)
