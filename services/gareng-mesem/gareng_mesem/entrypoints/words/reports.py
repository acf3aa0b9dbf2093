"""STATUS and BELUM: what became of a report or a pickup, and that it still lies there."""

from chassis.kernel.codes import PICKUP, WASTE_REPORT
from chassis.kernel.errors import NotFound
from gareng_mesem.application.dispute_report import DisputeReport, dispute_report
from gareng_mesem.domain.pickup import Pickup
from gareng_mesem.domain.report import Report, ReportState
from gareng_mesem.domain.waste import NAME
from gareng_mesem.entrypoints.scene import Scene
from gareng_mesem.entrypoints.words import texts
from wire.dialogue.codes import CODE, EXAMPLES, checked_code, read_code
from wire.dialogue.words import Word

MOST_LISTED = 6


async def status(scene: Scene) -> str:
    """STATUS. Raises Asked, NotFound."""
    code = checked_code(scene.fields, WASTE_REPORT + PICKUP)
    if code is None:
        return await _overview(scene)
    if code.startswith(PICKUP):
        return await _of_pickup(code, scene)
    return await _of_report(await _own_report(code, scene), scene)


async def dispute(scene: Scene) -> str:
    """BELUM. Raises Asked, Reject."""
    command = DisputeReport(scene.message.contact, checked_code(scene.fields, WASTE_REPORT))
    reopened = await dispute_report(command, scene.work, scene.world.places, scene.world.clocks)
    if reopened:
        return "Maaf. Tugas dibuka lagi, petugas dipanggil dan mandor dikabari. Anda dikabari bila selesai."
    return "Maaf. Keluhan Anda diteruskan ke mandor, yang menindaklanjuti sendiri."


async def _own_report(code: str, scene: Scene) -> Report:
    """A report is known to its reporter; to others as little as a code that does not exist."""
    found = await scene.work.find(Report, "code", code)
    if not found or found[0].reporter != scene.message.contact:
        raise NotFound(CODE, f"{code} tidak dikenal sebagai laporan Anda")
    return found[0]


async def _of_report(report: Report, scene: Scene) -> str:
    pickup = await scene.work.get(Pickup, report.pickup)
    place = scene.world.places.label(report.village)
    target = texts.when(pickup.target_at, scene.world.region)
    told = f"{report.code} {NAME[report.category]}, {place}: {texts.STATE[pickup.state]}"
    if not pickup.open:
        return f"{told}. Bila belum bersih balas BELUM {report.code}"
    return f"{told}, target {target}."


async def _of_pickup(code: str, scene: Scene) -> str:
    found = await scene.work.find(Pickup, "code", code)
    if not found or found[0].collector != scene.message.contact:
        raise NotFound(CODE, f"{code} bukan tugas Anda saat ini")
    pickup = found[0]
    place = scene.world.places.label(pickup.village)
    target = texts.when(pickup.target_at, scene.world.region)
    return f"{pickup.code} {NAME[pickup.category]}, {place}: {texts.STATE[pickup.state]}, target {target}."


async def _overview(scene: Scene) -> str:
    contact = scene.message.contact
    reports = [each for each in await scene.work.find(Report, "reporter", contact) if _still_open(each)]
    jobs = await scene.work.find(Pickup, "collector", contact)
    if len(reports) == 1 and not jobs:
        return await _of_report(reports[0], scene)
    items = [_item(each, scene) for each in jobs] + [_item(each, scene) for each in reports]
    if not items:
        return "Tidak ada laporan atau tugas Anda yang terbuka."
    more = f" dan {len(items) - MOST_LISTED} lagi" if len(items) > MOST_LISTED else ""
    return f"Terbuka: {'; '.join(items[:MOST_LISTED])}{more}. Rinci: STATUS kode"


def _item(matter: Report | Pickup, scene: Scene) -> str:
    return f"{matter.code} {NAME[matter.category]} {scene.world.places.label(matter.village)}"


def _still_open(report: Report) -> bool:
    return report.state is not ReportState.RESOLVED


CODE_EXAMPLE = {CODE: EXAMPLES[WASTE_REPORT]}
STATUS: Word[Scene] = Word(
    "STATUS",
    "STATUS S7K2P",
    "STATUS kode. Contoh: STATUS S7K2P. STATUS saja: semua yang terbuka",
    read_code,
    status,
    repeat=CODE_EXAMPLE,
)
DISPUTE: Word[Scene] = Word(
    "BELUM",
    "BELUM S7K2P",
    "BELUM kode, bila belum bersih. Contoh: BELUM S7K2P",
    read_code,
    dispute,
    repeat=CODE_EXAMPLE,
)
