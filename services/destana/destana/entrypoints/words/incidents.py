"""SIAP, STATUS and INFO: acknowledging, and what is known."""

from chassis.kernel.codes import INCIDENT
from chassis.kernel.errors import NotFound
from chassis.kernel.fields import Typed
from destana.application.acknowledge_incident import AcknowledgeIncident, acknowledge_incident
from destana.application.alert_incident import named
from destana.domain.incident import Incident
from destana.entrypoints.scene import Scene
from destana.entrypoints.words.hazards import EXAMPLE_PLACE
from wire.dialogue.codes import CODE, EXAMPLES, checked_code, missing_code, read_code
from wire.dialogue.places import PLACE, PLACE_LABELS
from wire.dialogue.villages import read_village
from wire.dialogue.words import Fields, Word

OFFICIALS = ("bpbd_duty", "bpbd_commander", "village_head")
MOST_LISTED = 4


def read_place(typed: Typed) -> Fields:
    """A place."""
    text = " ".join(typed.fields)
    return PLACE_LABELS.fields(typed.labels) or ({PLACE: text} if text else {})


async def acknowledge(scene: Scene) -> str:
    """SIAP. Raises Asked, Reject."""
    code = checked_code(scene.fields, INCIDENT)
    incident = await acknowledge_incident(AcknowledgeIncident(scene.message.contact, code), scene.work)
    return f"{incident.code} {_what(incident, scene)}: jawaban SIAP Anda diterima. Terima kasih, tetap waspada."


async def status(scene: Scene) -> str:
    """STATUS. Raises Asked, NotFound."""
    code = checked_code(scene.fields, INCIDENT)
    if code is None:
        raise missing_code(INCIDENT)
    found = await scene.work.find(Incident, "code", code)
    if not found:
        raise NotFound(CODE, f"{code} tidak dikenal")
    return _told(found[0], scene)


async def info(scene: Scene) -> str:
    """INFO. Raises Asked."""
    village = read_village(scene.fields.get(PLACE, ""), scene.world.region, PLACE, EXAMPLE_PLACE)
    incidents = [each for each in await scene.work.find(Incident, "village", village.code) if _going_on(each, scene)]
    if not incidents:
        return f"{scene.world.places.label(village.code)}: tidak ada kejadian yang tercatat saat ini."
    if len(incidents) == 1:
        return _told(incidents[0], scene)
    newest = sorted(incidents, key=lambda each: each.confirmed_at, reverse=True)
    listed = "; ".join(f"{each.code} {_what(each, scene)}" for each in newest[:MOST_LISTED])
    more = f" dan {len(newest) - MOST_LISTED} lagi" if len(newest) > MOST_LISTED else ""
    return f"{listed}{more}. Rinci: STATUS kode"


def _told(incident: Incident, scene: Scene) -> str:
    since = f"{scene.world.region.local(incident.confirmed_at):%d-%m pukul %H.%M}"
    told = f"{incident.code} {_what(incident, scene)}: {len(incident.reporters)} pelapor sejak {since}."
    if scene.message.places(*OFFICIALS) and incident.asked:
        told += f" SIAP {len(incident.asked) - len(incident.silent())} dari {len(incident.asked)}."
    return told


def _what(incident: Incident, scene: Scene) -> str:
    name = scene.world.rules.kinds[incident.hazard].name
    depth = f" {incident.depth_cm} cm" if incident.depth_cm else ""
    return f"{name}{depth}, {named(tuple(incident.villages), scene.world.places)}"


def _going_on(incident: Incident, scene: Scene) -> bool:
    window = scene.world.rules.kinds[incident.hazard].window
    return not incident.closed and scene.work.now - incident.last_seen <= window


CODE_EXAMPLE = {CODE: EXAMPLES[INCIDENT]}
ACKNOWLEDGE: Word[Scene] = Word(
    "SIAP", "SIAP B7K2P", "SIAP kode. Contoh: SIAP B7K2P", read_code, acknowledge, repeat=CODE_EXAMPLE
)
STATUS: Word[Scene] = Word(
    "STATUS", "STATUS B7K2P", "STATUS kode. Contoh: STATUS B7K2P", read_code, status, repeat=CODE_EXAMPLE
)
INFO: Word[Scene] = Word(
    "INFO",
    f"INFO {EXAMPLE_PLACE}",
    f"INFO desa kecamatan. Contoh: INFO {EXAMPLE_PLACE}",
    read_place,
    info,
    labels=PLACE_LABELS,
)
