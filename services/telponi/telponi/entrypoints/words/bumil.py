"""BUMIL: register and screen a mother."""

from collections.abc import Iterable
from datetime import timedelta

from chassis.kernel.fields import KEY_LABEL, Typed
from telponi.application.caller import CARERS
from telponi.application.register_pregnancy import Registered, RegisterPregnancy, register_pregnancy
from telponi.domain.gestation import Gestation, due_date
from telponi.domain.gpa import Gpa, TwinsBefore
from telponi.domain.national_id import checked_nik
from telponi.domain.pregnancy import History, Person
from telponi.domain.visits import next_visit
from telponi.entrypoints.words import texts
from telponi.entrypoints.words.observed import FACTORS, checked_observed, is_observation
from telponi.entrypoints.words.said import Said
from telponi.entrypoints.words.values import (
    read_age,
    read_height,
    read_lmp,
    read_name,
    read_phone,
    read_years,
)
from telponi.entrypoints.words.villages import village_of
from wire.dialogue.asking import Asked, needed, optional
from wire.dialogue.words import Fields, Labels, Word

IN_ORDER = ("nama", "umur", "HPHT", "GPA", "tinggi")
TWINS = "kembar dulu"
LABELS = Labels(
    {
        "NAMA": "nama",
        "UMUR": "umur",
        "LAHIR": "umur",
        "HPHT": "HPHT",
        "UK": "HPHT",
        "GPA": "GPA",
        "TB": "tinggi",
        "NIKAH": "NIKAH",
        "JARAK": "JARAK",
        "NIK": "NIK",
        "HP": "HP",
        "DESA": "DESA",
    },
    spelt=frozenset({"UK"}),
)


def read(typed: Typed) -> Fields:
    """Lay the fields out by name: five in their order, labelled ones anywhere, factor words wherever they stand."""
    fields = LABELS.fields(typed.labels)
    if typed.key:
        fields[KEY_LABEL] = typed.key
    free = [name for name in IN_ORDER if name not in fields]
    factors: list[str] = []
    for text in typed.fields:
        if not free or (free[0] != "nama" and is_observation(text)):
            factors.append(text)
        else:
            fields[free.pop(0)] = text
    fields[FACTORS] = " ".join(factors)
    return {name: text for name, text in fields.items() if text}


async def answer(said: Said) -> str:
    """Register her and say what follows. Raises Asked for the first field that is wrong."""
    registered = await register_pregnancy(_command(said), said.work, said.world)
    return _text(registered, said)


def _command(said: Said) -> RegisterPregnancy:
    name = needed(said.fields, "nama", "Siti Aminah", read_name)
    age = needed(said.fields, "umur", "27", lambda text: read_age(text, said.today))
    history = _history(said)
    person = Person(
        name,
        nik=optional(said.fields, "NIK", "NIK 3317094107990002", checked_nik),
        phone=optional(said.fields, "HP", "HP 081234567890", read_phone),
    )
    observed = checked_observed(said.fields.get(FACTORS, ""))
    return RegisterPregnancy(
        caller=said.caller,
        person=person,
        age=age,
        history=history,
        twins_before=_twins_before(said),
        village=village_of(said),
        rows=observed.rows,
        signs=observed.signs,
        key=said.fields.get(KEY_LABEL, ""),
    )


def _history(said: Said) -> History:
    last_period = f"HPHT {said.today - timedelta(weeks=12):%d/%m/%Y}"
    lmp = needed(said.fields, "HPHT", last_period, lambda text: read_lmp(text, said.today))
    gpa = needed(said.fields, "GPA", "G2P1A0", lambda text: _gpa(text, said))
    height = needed(said.fields, "tinggi", "155", read_height)
    history = History(
        lmp,
        gpa,
        height,
        years_married=optional(said.fields, "NIKAH", "NIKAH 2", read_years),
        years_since_birth=optional(said.fields, "JARAK", "JARAK 3", read_years),
    )
    if history.years_since_birth is not None and gpa.para == 0:
        told = f"JARAK salah: {gpa} belum pernah melahirkan. Kirim JARAK - (kosong) atau GPA, contoh: GPA G2P1A0"
        raise Asked("JARAK", told, kept=said.fields["JARAK"])
    return history


def _gpa(text: str, said: Said) -> Gpa:
    """Read GPA; one child too many is asked back: twins before, or a slip of the pen."""
    corrected = said.fields.get(TWINS, "")
    try:
        return Gpa.parse(corrected if corrected[:1].upper() == "G" else text).checked(
            twins_before=_twins_before(said)
        )
    except TwinsBefore as error:
        raise Asked(TWINS, f"{error.message} Balas YA, atau kirim GPA yang benar, contoh: GPA G2P1A0") from error


def _twins_before(said: Said) -> bool:
    return said.fields.get(TWINS, "").upper() in {"YA", "Y", "IYA"}


def _text(registered: Registered, said: Said) -> str:
    pregnancy, screening = registered.pregnancy, registered.pregnancy.screening
    parts = [f"{pregnancy.code} {texts.score(screening)}"]
    if screening.rows:
        parts.append(f"faktor {texts.short_explained(screening.rows)}")
    text = f"{', '.join(parts)}. {_dates(registered, said)}{screening.risk.recommended_place}."
    return " ".join((text, *_besides(registered, said)))


def _dates(registered: Registered, said: Said) -> str:
    lmp = registered.pregnancy.history.lmp
    if lmp is None:
        return ""
    visit = texts.day(next_visit(lmp, said.today))
    return f"UK {Gestation.on(said.today, lmp)}, HPL {texts.day(due_date(lmp))}. Kontrol {visit}. Lahir: "


def _besides(registered: Registered, said: Said) -> Iterable[str]:
    if registered.referral:
        yield texts.emergency(registered.referral, said.world)
    if registered.possible_duplicate:
        yield f"Mirip {registered.possible_duplicate}, mungkin ibu yang sama."


WORD: Word[Said] = Word(
    "BUMIL",
    "BUMIL Siti Aminah # 27 # UK 12 # G2P1A0 # 155",
    "BUMIL nama # umur # HPHT # GPA # tinggi # faktor. Contoh: BUMIL Siti Aminah # 27 # UK 12 # G2P1A0 # 155 # SESAR"
    ". Boleh: NIKAH, JARAK, NIK, HP, DESA",
    read,
    answer,
    CARERS,
    LABELS,
    by_position=True,
    adds=frozenset({FACTORS}),
)
