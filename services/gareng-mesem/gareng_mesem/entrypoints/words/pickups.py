"""TERIMA, TOLAK and SELESAI: what a collector answers."""

import re

from chassis.kernel.codes import PICKUP
from chassis.kernel.errors import Reject
from gareng_mesem.application.answer_pickup import AnswerPickup, answer_pickup
from gareng_mesem.application.complete_pickup import CompletePickup, complete_pickup
from gareng_mesem.domain.pickup import Pickup
from gareng_mesem.domain.waste import NAME, VOLUME_M3
from gareng_mesem.entrypoints.scene import Scene
from gareng_mesem.entrypoints.words.sampah import SIZES
from wire.dialogue.asking import Asked, needed, once_more
from wire.dialogue.codes import CODE, EXAMPLES, checked_code, read_code_and, wrong_code
from wire.dialogue.words import Word

REASON, VOLUME = "alasan", "volume"
COLLECTOR = ("collector",)
CODE_EXAMPLE = {CODE: EXAMPLES[PICKUP]}
VOLUME_EXAMPLE = "1,5 m3"

_VOLUME = re.compile(r"(\d+(?:[.,]\d+)?)\s*(?:m3|m|kubik)?", re.IGNORECASE)


async def accept(scene: Scene) -> str:
    """TERIMA. Raises Asked, Reject."""
    if REASON in scene.fields and CODE not in scene.fields:
        raise wrong_code(PICKUP)
    command = AnswerPickup(scene.message.contact, checked_code(scene.fields, PICKUP), accepted=True)
    pickup = await answer_pickup(command, scene.work, scene.world.places, scene.world.clocks)
    return f"{_about(pickup, scene)}: tugas Anda. Pelapor dikabari. Bila beres balas SELESAI {pickup.code} volume"


async def refuse(scene: Scene) -> str:
    """TOLAK. Raises Asked, Reject."""
    code = checked_code(scene.fields, PICKUP)
    if not scene.fields.get(REASON):
        raise Asked(REASON, f"alasan belum ada: kata sendiri. {once_more(REASON, 'armada rusak')}")
    command = AnswerPickup(scene.message.contact, code, accepted=False)
    pickup = await answer_pickup(command, scene.work, scene.world.places, scene.world.clocks)
    moved = "ditawarkan ke petugas lain" if pickup.collector else "mandor dikabari"
    return f"{pickup.code} ditolak, {moved}. Terima kasih."


async def complete(scene: Scene) -> str:
    """SELESAI. Raises Asked, Reject."""
    code = checked_code(scene.fields, PICKUP)
    volume = needed(scene.fields, VOLUME, VOLUME_EXAMPLE, read_volume)
    pickup = await complete_pickup(CompletePickup(scene.message.contact, code, volume), scene.work)
    return f"{_about(pickup, scene)}: selesai, {spoken(volume)} m3. Pelapor dikabari. Terima kasih."


def read_volume(text: str) -> float:
    """Cubic metres, or a size word. Raises Reject."""
    if size := SIZES.get(text.upper()):
        return VOLUME_M3[size]
    match = _VOLUME.fullmatch(text)
    if match is None:
        raise Reject(VOLUME, "format", f"angka m3, atau {', '.join(SIZES)}")
    return float(match[1].replace(",", "."))


def spoken(volume: float) -> str:
    """A volume as people write it: `1,5`."""
    return f"{volume:g}".replace(".", ",")


def _about(pickup: Pickup, scene: Scene) -> str:
    return f"{pickup.code} {NAME[pickup.category]}, {scene.world.places.label(pickup.village)}"


ACCEPT: Word[Scene] = Word(
    "TERIMA",
    "TERIMA J7K2P",
    "TERIMA kode. Contoh: TERIMA J7K2P",
    read_code_and(REASON, PICKUP),
    accept,
    COLLECTOR,
    repeat=CODE_EXAMPLE,
)
REFUSE: Word[Scene] = Word(
    "TOLAK",
    "TOLAK J7K2P armada rusak",
    "TOLAK kode alasan. Contoh: TOLAK J7K2P armada rusak",
    read_code_and(REASON, PICKUP),
    refuse,
    COLLECTOR,
    repeat=CODE_EXAMPLE,
)
COMPLETE: Word[Scene] = Word(
    "SELESAI",
    "SELESAI J7K2P 1,5 m3",
    "SELESAI kode volume. Contoh: SELESAI J7K2P 1,5 m3, atau KRESEK, MOTOR, PICKUP, TRUK",
    read_code_and(VOLUME, PICKUP),
    complete,
    COLLECTOR,
    repeat={**CODE_EXAMPLE, VOLUME: VOLUME_EXAMPLE},
)
