"""TERIMA, TOLAK and SELESAI: what a collector answers."""

import re

from chassis.kernel.codes import PICKUP, as_code
from chassis.kernel.errors import Reject
from chassis.kernel.fields import Typed
from gareng_mesem.application.answer_pickup import AnswerPickup, answer_pickup
from gareng_mesem.application.complete_pickup import CompletePickup, complete_pickup
from gareng_mesem.domain.pickup import Pickup
from gareng_mesem.domain.waste import NAME, VOLUME_M3
from gareng_mesem.entrypoints.scene import Scene
from gareng_mesem.entrypoints.words.sampah import SIZES
from wire.dialogue.words import Asked, Fields, Word, needed

CODE, REASON, VOLUME = "kode", "alasan", "volume"
COLLECTOR = ("collector",)

_VOLUME = re.compile(r"(\d+(?:[.,]\d+)?)\s*(?:m3|m|kubik)?", re.IGNORECASE)
_CODE_LIKE = re.compile(r"[A-Z](?=[A-Z0-9]*\d)[A-Z0-9]{3,5}", re.IGNORECASE)


def take_code(text: str, kinds: str) -> tuple[str, str]:
    """Part a text at its code: (`J7K2P`, the rest). What looks like a code but is none is given as one."""
    first, _, rest = text.strip().partition(" ")
    bare = first.strip(".,;:#")
    if as_code(bare, kinds) or (_CODE_LIKE.fullmatch(bare) and bare.upper() not in SIZES):
        return bare.upper(), rest.strip()
    return "", text.strip()


def read_with(field: str) -> "ReadFields":
    """Make the reader of a code and one more field."""
    return ReadFields(field)


class ReadFields:
    """Reads `J7K2P the rest`: the code, and the rest as one field."""

    def __init__(self, field: str) -> None:
        self._field = field

    def __call__(self, typed: Typed) -> Fields:
        """Lay the fields out by name."""
        code, rest = take_code(" ".join(typed.fields), PICKUP)
        return {name: text for name, text in ((CODE, code), (self._field, rest)) if text}


async def accept(scene: Scene) -> str:
    """TERIMA. Raises Asked, Reject."""
    command = AnswerPickup(scene.message.contact, checked_code(scene.fields, PICKUP), accepted=True)
    pickup = await answer_pickup(command, scene.work, scene.world.places, scene.world.clocks)
    return f"{_about(pickup, scene)}: tugas Anda. Pelapor dikabari. Bila beres balas SELESAI {pickup.code} volume"


async def refuse(scene: Scene) -> str:
    """TOLAK. Raises Asked, Reject."""
    code = checked_code(scene.fields, PICKUP)
    if not scene.fields.get(REASON):
        raise Asked(REASON, "alasan belum ada: kata sendiri. Kirim alasan saja, contoh: armada rusak")
    command = AnswerPickup(scene.message.contact, code, accepted=False)
    pickup = await answer_pickup(command, scene.work, scene.world.places, scene.world.clocks)
    moved = "ditawarkan ke petugas lain" if pickup.collector else "mandor dikabari"
    return f"{pickup.code} ditolak, {moved}. Terima kasih."


async def complete(scene: Scene) -> str:
    """SELESAI. Raises Asked, Reject."""
    code = checked_code(scene.fields, PICKUP)
    volume = needed(scene.fields, VOLUME, "1,5 m3", read_volume)
    pickup = await complete_pickup(CompletePickup(scene.message.contact, code, volume), scene.work)
    return f"{_about(pickup, scene)}: selesai, {spoken(volume)} m3. Pelapor dikabari. Terima kasih."


def checked_code(fields: Fields, kind: str) -> str | None:
    """The code that was given, or None. Raises Asked for one that cannot be."""
    text = fields.get(CODE, "")
    if not text:
        return None
    code = as_code(text, kind)
    if code is None:
        raise Asked(CODE, f"kode salah: {kind} dan 4 huruf/angka. Kirim kode saja, contoh: {kind}7K2P")
    return code


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


ACCEPT: Word[Scene] = Word("TERIMA", "TERIMA kode. Contoh: TERIMA J7K2P", read_with(REASON), accept, roles=COLLECTOR)
REFUSE: Word[Scene] = Word(
    "TOLAK", "TOLAK kode alasan. Contoh: TOLAK J7K2P armada rusak", read_with(REASON), refuse, roles=COLLECTOR
)
COMPLETE: Word[Scene] = Word(
    "SELESAI",
    "SELESAI kode volume. Contoh: SELESAI J7K2P 1,5 m3, atau KRESEK, MOTOR, PICKUP, TRUK",
    read_with(VOLUME),
    complete,
    roles=COLLECTOR,
)
