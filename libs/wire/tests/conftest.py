"""A small service in memory: LAPOR by what its fields are, DATA by their position, CARI by a code."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from chassis.kernel.alert import Channel, FieldMessage, Reply, RoleAt
from chassis.kernel.codes import WASTE_REPORT
from chassis.kernel.draft import Draft
from chassis.kernel.errors import Conflict, NotFound, Reject
from chassis.kernel.work import Work
from chassis.region.pack import Region
from chassis.testing.clock import MovableClock
from chassis.testing.memory import MemoryWork
from wire.dialogue.asking import Asked, needed, optional
from wire.dialogue.codes import CODE, EXAMPLES, checked_code, read_code, read_code_and
from wire.dialogue.dialogue import Dialogue
from wire.dialogue.drafts import DRAFTS
from wire.dialogue.places import PHOTO, PLACE_LABELS, SPOT, place_instead, read_where
from wire.dialogue.vocabulary import Vocabulary
from wire.dialogue.words import Answer, Fields, Labels, Word

REGION = Region.load(Path(__file__).parents[3] / "regions/33.17")
KNOWN = "S7K2P"
CORRECTION_TIME = timedelta(minutes=15)
DATA_LABELS = Labels({"NAMA": "nama", "UK": "minggu", "UMUR": "umur"}, spelt=frozenset({"UK"}))


@dataclass(frozen=True)
class Scene:
    message: FieldMessage
    fields: Fields
    work: Work


def number(text):
    if not text.isdecimal():
        raise Reject("umur", "format", "angka")
    return int(text)


def name(text):
    if any(letter.isdigit() for letter in text):
        raise Reject("nama", "format", "tanpa angka")
    return text


def read_data(typed):
    fields = DATA_LABELS.fields(typed.labels)
    free = [each for each in ("nama", "umur", "minggu") if each not in fields]
    return fields | {each: text for each, text in zip(free, typed.fields, strict=False) if text}


async def data(scene):
    given = needed(scene.fields, "nama", "Siti", name)
    age = needed(scene.fields, "umur", "27", number)
    return f"{given} {age} {scene.fields.get('minggu', '-')}"


def read_report(typed):
    fields = PLACE_LABELS.fields(typed.labels)
    kinds = [text for text in typed.fields if text.isupper()]
    places = [text for text in typed.fields if not text.isupper()]
    by_kind = zip(("jenis", "tempat"), (" ".join(kinds), " ".join(places)), strict=True)
    return fields | {each: text for each, text in by_kind if text}


async def report(scene):
    kind = needed(scene.fields, "jenis", "API", str)
    village, spot = read_where(scene.fields, REGION, "Tasikagung")
    with place_instead("Tasikagung"):
        if spot and spot[0] > 0:
            raise Reject(SPOT, "outside_region", "di luar wilayah")
    return f"{kind} di {village or spot}, foto {scene.fields.get(PHOTO, '-')}"


async def wordless(scene):
    if scene.fields.keys() == {PHOTO}:
        return "Foto apa?"
    return await report(scene)


async def search(scene):
    code = checked_code(scene.fields, WASTE_REPORT)
    if code is None:
        raise NotFound(CODE, "tidak ada yang terbuka")
    if code != KNOWN:
        raise NotFound(CODE, f"{code} tidak dikenal")
    if scene.fields.get("catatan") == "TUTUP":
        raise Conflict(CODE, "closed", f"{code} sudah ditutup")
    note = optional(scene.fields, "catatan", "baik", str) or ""
    if len(note) > 11:
        raise Reject("catatan", "length", "11 huruf saja")
    return f"{code} {note}".strip()


async def signs(scene):
    odd = [sign for sign in scene.fields.get("tanda", "").split() if sign != sign.upper()]
    if odd:
        raise Asked("tanda", f"tanda {odd[0]}?", kept=scene.fields["tanda"].replace(odd[0], "").strip())
    return scene.fields.get("tanda", "tak ada")


async def whoami(_):
    return Answer("Anda petugas.")


LAPOR = Word(
    "LAPOR",
    "LAPOR API # Tasikagung",
    "LAPOR jenis # tempat",
    read_report,
    report,
    labels=PLACE_LABELS,
    keeps=frozenset({SPOT, PHOTO}),
)
DATA = Word("DATA", "DATA Siti # 27", "DATA nama # umur", read_data, data, labels=DATA_LABELS, by_position=True)
CARI = Word(
    "CARI",
    "CARI S7K2P",
    "CARI kode catatan",
    read_code_and("catatan", WASTE_REPORT),
    search,
    repeat={CODE: EXAMPLES[WASTE_REPORT], "catatan": "baik"},
)
TANDA = Word(
    "TANDA",
    "TANDA API",
    "TANDA tanda",
    lambda typed: {"tanda": " ".join(typed.fields)} if typed.fields else {},
    signs,
    adds=frozenset({"tanda"}),
)
SIAPA = Word("SIAPA", "SIAPA", "SIAPA", read_code, whoami, ("officer",))
VOCABULARY = Vocabulary(
    {word.name: word for word in (LAPOR, DATA, CARI, TANDA, SIAPA)},
    menu="Menu.",
    how_to_register="Daftar dulu.",
    later=frozenset({"NANTI"}),
    wordless=Word("LAPOR", LAPOR.example, "", read_report, wordless, labels=PLACE_LABELS, keeps=LAPOR.keeps),
)


class Talk:
    """One person talks; `says` gives the answer's text."""

    def __init__(self, vocabulary=VOCABULARY):
        self.clock = MovableClock(datetime(2026, 11, 23, 3, tzinfo=UTC))
        self.memory = MemoryWork(self.clock, (DRAFTS,))
        self.dialogue = Dialogue(vocabulary, Scene, CORRECTION_TIME)
        self.person = uuid4()

    async def says(self, text, role="", location=None, photo=None):
        message = FieldMessage(
            id=uuid4(),
            contact=self.person,
            grants=(RoleAt(role, "33.17"),) if role else (),
            channel=Channel.WHATSAPP,
            received_at=self.clock.now(),
            text=text,
            location=location,
            photo=photo,
        )
        await self.memory.do(self.dialogue.answer, message)
        assert self.reply.message == message.id
        return self.reply.text

    @property
    def reply(self):
        return self.memory.events_of(Reply)[-1]

    @property
    def drafts(self):
        return self.memory.all(Draft)


@pytest.fixture
def talk():
    return Talk()
