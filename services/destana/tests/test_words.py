"""What people type and what they get back, word for word (messages.md)."""

import re
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.kernel.alert import Channel, FieldMessage, Reply, RoleAt
from chassis.region.pack import Region
from chassis.region.spots import RegionPlaces
from chassis.testing.clock import MovableClock
from chassis.testing.memory import MemoryWork
from destana.adapters.rules import load_rules
from destana.adapters.tables import TABLES
from destana.application.note_alerted import NoteAlerted, note_alerted
from destana.domain.events import HazardReported
from destana.domain.hazard import Hazard
from destana.domain.incident import Incident
from destana.entrypoints.field_messages import dialogue
from destana.entrypoints.scene import World
from wire.dialogue.drafts import DRAFTS

REGION = Region.load(Path(__file__).parents[3] / "regions" / "33.17")
DIALOGUE = dialogue(World(REGION, RegionPlaces(REGION), load_rules(REGION)))
KRAGAN = "Sendangmulyo, Kragan"


class Phones:
    """People writing, and what they are answered."""

    def __init__(self):
        self.clock = MovableClock(datetime(2026, 11, 23, 3, tzinfo=UTC))
        self.memory = MemoryWork(self.clock, (*TABLES, DRAFTS))

    async def says(self, text, who=None, role="resident", location=None):
        message = FieldMessage(
            id=uuid4(),
            contact=who or uuid4(),
            grants=(RoleAt(role, "33.17.12.2002"),) if role else (),
            channel=Channel.WHATSAPP,
            received_at=self.clock.now(),
            text=text,
            location=location,
        )
        await self.memory.do(DIALOGUE.answer, message)
        return self.memory.events_of(Reply)[-1].text

    async def flooded(self):
        await self.says("BANJIR Sendangmulyo Kragan 60")
        await self.says("BANJIR Sendangmulyo Kragan 80", role="volunteer")
        (incident,) = self.memory.all(Incident)
        return incident


@pytest.fixture
def phones():
    return Phones()


@pytest.mark.parametrize(
    "text",
    [
        "BANJIR Sendangmulyo Kragan 60",
        "banjir sendangmulyo kragan 60 cm",
        "BANJIR Sendangmulyo Kragan # 60",
        "BANJIR 33.17.12.2002 60",
        "BANJIR # Sendangmulyo Kragan # 60cm",
        "Banjir 60, DESA Sendangmulyo Kragan",
    ],
)
async def test_a_flood_in_every_spelling(phones, text):
    said = await phones.says(text)
    assert said == f"Tercatat: banjir 60 cm, {KRAGAN}. Naik ke tempat tinggi, matikan listrik."
    assert phones.memory.events_of(HazardReported)[0].depth_cm == 60


@pytest.mark.parametrize("hazard", list(Hazard))
async def test_every_kind_is_taken_from_anybody(phones, hazard):
    said = await phones.says(f"{hazard.value} Sendangmulyo Kragan", role="")
    assert said.startswith("Tercatat: ")
    assert len(said) <= 160


async def test_a_near_miss_is_echoed(phones):
    assert (await phones.says("BANJR Sendangmulyo Kragan")).startswith("Dibaca BANJIR. Tercatat: banjir,")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("BANJIR", r"tempat belum ada: nama desa, atau kirim lokasi lewat WhatsApp\. Kirim tempat saja, contoh: .*"),
        ("BANJIR Jakarta 60", r"tempat tidak dikenal: nama atau kode desa\. Kirim tempat saja, contoh: .*"),
        ("BANJIR Sendangmulyo Kragan 1001", r"kedalaman salah: 0 sampai 1000 cm\. Kirim kedalaman saja, contoh: 60"),
        ("BANJIR Sendangmulyo Kragan -5", r"kedalaman salah: 0 sampai 1000 cm\. Kirim kedalaman saja, contoh: 60"),
        ("BANJIR Sendangmulyo Kragan # dalam", r"kedalaman salah: angka 0 sampai 1000 cm.*"),
        ("LONGSOR Sendangmulyo Kragan # 60", r"kedalaman salah: .*hanya untuk BANJIR dan ROB.*"),
        ("SIAP B01SL", r"kode salah: B dan 4 huruf/angka\. Kirim kode saja, contoh: B7K2P"),
        ("SIAP", r"Tidak ada peringatan yang menunggu jawaban Anda\. Contoh: SIAP B7K2P"),
        ("STATUS", r"kode belum ada: B dan 4 huruf/angka\. Kirim kode saja, contoh: B7K2P"),
        ("STATUS B2222", r"B2222 tidak dikenal\. Kirim kode saja, contoh: B7K2P"),
        ("HALO", r"Kata tidak dikenal\. Destana: BANJIR, .*"),
    ],
)
async def test_a_wrong_field_is_named_and_nothing_is_stored(phones, text, answer):
    said = await phones.says(text)
    assert re.fullmatch(answer, said), said
    assert not phones.memory.events_of(HazardReported)


async def test_an_ambiguous_village_is_answered_with_numbers(phones):
    who = uuid4()
    said = await phones.says("BANJIR Sendangmulyo 60", who)
    listed = re.fullmatch(r"tempat Sendangmulyo ada 5: (.*)\. Balas nomornya\.", said)
    number = next(one.split()[0] for one in listed[1].split(", ") if one.endswith("Kragan"))
    assert (
        await phones.says(number, who) == f"Tercatat: banjir 60 cm, {KRAGAN}. Naik ke tempat tinggi, matikan listrik."
    )


async def test_a_wrong_depth_is_corrected_alone(phones):
    who = uuid4()
    await phones.says("ROB Sendangmulyo Kragan 5000", who)
    assert (await phones.says("50", who)).startswith("Tercatat: rob 50 cm,")


async def test_a_shared_location_says_where(phones):
    who = uuid4()
    village = REGION.villages["33.17.12.2002"].point
    await phones.says("BANJIR", who)
    said = await phones.says("", who, location=(village.latitude, village.longitude))
    assert said.startswith(f"Tercatat: banjir, {KRAGAN}.")


async def test_a_location_with_the_word(phones):
    village = REGION.villages["33.17.12.2002"].point
    said = await phones.says("BANJIR 60", location=(village.latitude, village.longitude))
    assert said.startswith(f"Tercatat: banjir 60 cm, {KRAGAN}.")


async def test_corroborated_it_is_an_incident(phones):
    incident = await phones.flooded()
    reply = phones.memory.events_of(Reply)[-1].text
    assert reply.startswith(f"{incident.code} banjir 80 cm, {KRAGAN}: 2 pelapor, BPBD dan kepala desa dikabari.")
    assert len(reply) <= 160


async def test_siap_is_confirmed_and_counted_for_officials(phones):
    incident = await phones.flooded()
    duty, head = uuid4(), uuid4()
    for who, role in ((duty, "bpbd_duty"), (head, "village_head")):
        await phones.memory.do(note_alerted, NoteAlerted(incident.id, who, role, "33.17"))
    said = await phones.says("siap", duty, "bpbd_duty")
    assert said == f"{incident.code} banjir 80 cm, {KRAGAN}: jawaban SIAP Anda diterima. Terima kasih, tetap waspada."
    assert "SIAP 1 dari 2" in await phones.says(f"STATUS {incident.code}", duty, "bpbd_duty")
    assert "SIAP" not in await phones.says(f"STATUS {incident.code}")


async def test_the_same_key_is_one_report(phones):
    who = uuid4()
    for _ in range(2):
        said = await phones.says("BANJIR Sendangmulyo Kragan 60 KUNCI a1b2c3d4", who)
        assert said.startswith("Tercatat: banjir 60 cm,")
    assert len(phones.memory.events_of(HazardReported)) == 1


async def test_info_tells_what_is_known_of_a_place(phones):
    assert (await phones.says("INFO Sendangmulyo Kragan")) == f"{KRAGAN}: tidak ada kejadian yang tercatat saat ini."
    incident = await phones.flooded()
    assert incident.code in await phones.says("INFO Sendangmulyo Kragan")


@given(st.text(max_size=200))
async def test_everything_is_answered(text):
    assert await Phones().says(text)
