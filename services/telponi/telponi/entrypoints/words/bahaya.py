"""BAHAYA: danger signs of a mother, registered or not; the emergency referral starts at once."""

from chassis.kernel.codes import MOTHER, as_code
from chassis.kernel.fields import Typed, near_miss
from telponi.application.caller import CARERS
from telponi.application.report_danger_signs import (
    DangerReported,
    ReportDangerSigns,
    UnregisteredMother,
    report_danger_signs,
)
from telponi.domain.danger_signs import PHRASES, DangerSign, read_signs
from telponi.domain.pregnancy import Person
from telponi.entrypoints.words import texts
from telponi.entrypoints.words.codes import mother_code
from telponi.entrypoints.words.said import Said
from telponi.entrypoints.words.values import read_age, read_name
from telponi.entrypoints.words.villages import village_of
from wire.dialogue.asking import Asked, needed
from wire.dialogue.codes import CODE, EXAMPLES, take_code, wrong_code
from wire.dialogue.words import Fields, Labels, Word

SIGNS = "tanda"
LABELS = Labels({"NAMA": "nama", "UMUR": "umur", "DESA": "DESA", "TANDA": SIGNS})
IN_ORDER = ("nama", "umur", SIGNS, "DESA")
ALLOWED = "DARAH KEJANG PUSING KETUBAN DEMAM MUNTAH JANIN BENGKAK NANAH PAYUDARA SEDIH BAYI"


def read(typed: Typed) -> Fields:
    """A code and signs; or name, age, signs and village of a mother who is not registered."""
    fields = LABELS.fields(typed.labels)
    if _names_somebody(typed.fields):
        free = (name for name in IN_ORDER if name not in fields)
        return fields | {name: text for name, text in zip(free, typed.fields, strict=False) if text}
    code, rest = take_code(" ".join(typed.fields), MOTHER)
    return fields | {name: text for name, text in ((CODE, code), (SIGNS, rest)) if text}


def _names_somebody(fields: tuple[str, ...]) -> bool:
    """Whether this is a name and an age; `MARYA` could be a code, but no age follows a code."""
    if len(fields) < 2:  # noqa: PLR2004 - a name and an age
        return False
    return as_code(fields[0], MOTHER) is None or fields[1][:1].isdigit()


async def answer(said: Said) -> str:
    """Start the referral and say who is asked. Raises Asked."""
    if "nama" in said.fields or "umur" in said.fields:
        name = needed(said.fields, "nama", "Siti Aminah", read_name)
        age = needed(said.fields, "umur", "27", lambda text: read_age(text, said.today))
        signs, note = _signs(said)
        mother: str | UnregisteredMother = UnregisteredMother(Person(name), age, village_of(said))
    else:
        signs, note = _signs(said)
        mother = await _code(said, note)
    command = ReportDangerSigns(said.caller, mother, signs, note)
    return _text(await report_danger_signs(command, said.work, said.world), said)


async def _code(said: Said, note: str) -> str:
    """The mother's code; words that are no sign may be her name, so that a guess could refer another mother."""
    if CODE not in said.fields and note:
        raise wrong_code(MOTHER)
    return await mother_code(said)


def _signs(said: Said) -> tuple[tuple[DangerSign, ...], str]:
    """The signs and what was said besides. Raises Asked where there is no sign at all."""
    signs, note = read_signs(said.fields.get(SIGNS, ""))
    if signs:
        return signs, note
    near = next((found for word in note.upper().split() if (found := near_miss(word, PHRASES))), None)
    if near:
        raise Asked(SIGNS, f"tanda {note[:20]}, maksudnya {near}? Kirim tanda saja: {near}. Pilihan: {ALLOWED}")
    raise Asked(SIGNS, f"tanda bahaya belum ada. Kirim tanda saja, contoh: DARAH. Pilihan: {ALLOWED}")


def _text(reported: DangerReported, said: Said) -> str:
    referral, mother = reported.referral, reported.pregnancy
    state = texts.state(referral, said.world)
    if reported.started:
        started = f"{referral.code} rujukan darurat {mother.code} {state}."
        return f"{started} Anda dikabari tiap langkah. Siapkan ibu dan kendaraan."
    return f"{referral.code} sudah berjalan untuk {mother.code}: {state}. Tanda ditambahkan."


WORD: Word[Said] = Word(
    "BAHAYA",
    "BAHAYA M7K2P DARAH",
    "BAHAYA kode tanda. Contoh: BAHAYA M7K2P DARAH. "
    "Belum terdaftar: BAHAYA Siti # 27 # KEJANG # DESA Sendangmulyo Kragan. "
    f"Tanda: {ALLOWED}",
    read,
    answer,
    CARERS,
    LABELS,
    by_position=True,
    adds=frozenset({SIGNS}),
    repeat={CODE: EXAMPLES[MOTHER]},
)
