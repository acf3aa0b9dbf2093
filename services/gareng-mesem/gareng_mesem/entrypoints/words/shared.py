"""A location or photo without a word: it completes the report just made, or begins one."""

from dataclasses import replace

from chassis.kernel.errors import Reject
from gareng_mesem.application.complete_report import CompleteReport, complete_report
from gareng_mesem.entrypoints.scene import Scene
from gareng_mesem.entrypoints.words import sampah
from wire.dialogue.places import PHOTO, SPOT
from wire.dialogue.words import Answer


async def answer(scene: Scene) -> Answer | str:
    """Complete the newest report, or go on as with SAMPAH. Raises Asked."""
    if scene.fields.keys() <= {SPOT, PHOTO} and (told := await _completed(scene)):
        return told
    return await sampah.answer(scene)


async def _completed(scene: Scene) -> str:
    message, world = scene.message, scene.world
    command = CompleteReport(message.contact, message.location, message.photo or "")
    try:
        report = await complete_report(command, scene.work, world.places, world.clocks)
    except Reject as refused:
        return f"{refused.field} {refused.message}."
    what = "Lokasi" if message.location else "Foto"
    return f"{what} ditambahkan ke {report.code}. Terima kasih." if report else ""


WORDLESS = replace(sampah.WORD, answer=answer)
