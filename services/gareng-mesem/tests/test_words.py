"""What people type and what they get back, word for word (messages.md)."""

import re
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.kernel.alert import Channel, FieldMessage, Reply, RoleAt
from chassis.region.pack import Region
from chassis.testing.clock import MovableClock
from chassis.testing.memory import MemoryWork
from gareng_mesem.adapters.places import CollectorPlaces
from gareng_mesem.adapters.tables import TABLES
from gareng_mesem.application.state_collector import StateCollector, state_collector
from gareng_mesem.domain.pickup import Pickup
from gareng_mesem.domain.report import Report
from gareng_mesem.entrypoints.field_messages import dialogue
from gareng_mesem.entrypoints.scene import World
from wire.dialogue.drafts import DRAFTS

REGION = Region.load(Path(__file__).parents[3] / "regions" / "33.17")
DIALOGUE = dialogue(World(REGION, CollectorPlaces(REGION)))
RESIDENT, COLLECTOR = uuid4(), uuid4()
SPOT = (-6.7052, 111.3397)


class Phones:
    """People writing, and what they are answered."""

    def __init__(self):
        self.clock = MovableClock(datetime(2026, 11, 23, 3, tzinfo=UTC))
        self.memory = MemoryWork(self.clock, (*TABLES, DRAFTS))

    async def says(self, text, who=RESIDENT, roles=(), location=None, photo=None):
        message = FieldMessage(
            id=uuid4(),
            contact=who,
            grants=tuple(RoleAt(role, "33.17") for role in roles),
            channel=Channel.SMS,
            received_at=self.clock.now(),
            text=text,
            location=location,
            photo=photo,
        )
        await self.memory.do(DIALOGUE.answer, message)
        reply = self.memory.events_of(Reply)[-1]
        assert reply.message == message.id
        return reply.text

    def works(self, text):
        return self.says(text, COLLECTOR, ("collector",))


@pytest.fixture
async def phones():
    phones = Phones()
    state = partial(state_collector, region="33.17")
    await phones.memory.do(state, StateCollector(COLLECTOR, ("33.17.10",), on_duty=True))
    return phones


@pytest.mark.parametrize(
    "text",
    [
        "SAMPAH TUMPUKAN # Tasikagung # MOTOR",
        "sampah tumpukan, tasikagung rembang, motor",
        "SAMPAH\nTUMPUKAN\nTasikagung",
        "Sampah Tumpukan Tasikagung Rembang MOTOR",
        "SAMPAH TUMPUKAN # 33.17.10.2025",
        "SAMPAH TUMPUKAN # MOTOR # DESA Tasikagung",
        "SAMPAH TUMPUKN # Tasikagung # MOTR",
    ],
)
async def test_a_report_in_every_spelling(phones, text):
    said = await phones.says(text)
    pattern = (
        r"S\w{4} tumpukan sampah, Tasikagung, Rembang\. Petugas dipanggil, "
        r"target 24-11 pukul 10\.00\. Cek: STATUS S\w{4}"
    )
    assert re.fullmatch(pattern, said)
    assert len(said) <= 160


async def test_a_near_miss_of_the_word_is_echoed(phones):
    assert (await phones.says("SAMPH TUMPUKAN # Tasikagung")).startswith("Dibaca SAMPAH. S")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("SAMPAH", r"jenis belum ada\. Kirim jenis saja, contoh: TUMPUKAN"),
        ("SAMPAH KERTAS # Tasikagung", r"jenis salah: TUMPUKAN, PENUH, .*Kirim jenis saja, contoh: TUMPUKAN"),
        ("SAMPAH LIAR", r"tempat belum ada: nama desa, atau kirim lokasi lewat WhatsApp\. Kirim tempat saja, .*"),
        ("SAMPAH LIAR # Jakarta", r"tempat tidak dikenal: nama atau kode desa\. Kirim tempat saja, contoh: .*"),
        ("SAMPAH LIAR # Tasikagun", r"tempat itu tidak ada, maksudnya: 1 Tasikagung Rembang.*\. Balas nomornya\."),
        ("SAMPAH LIAR # Sendangmulyo", r"tempat Sendangmulyo ada 5: 1 .* Balas nomornya\."),
        ("SAMPAH LIAR # Tasikagung # GEROBAK", r"ukuran salah: KRESEK, MOTOR, PICKUP, TRUK\. Kirim ukuran saja, .*"),
    ],
)
async def test_a_wrong_field_is_named_and_nothing_is_stored(phones, text, answer):
    said = await phones.says(text)
    assert re.fullmatch(answer, said), said
    assert len(said) <= 306
    assert not phones.memory.all(Report)


async def test_only_the_wrong_field_is_repeated(phones):
    await phones.says("SAMPAH LIAR # Sendangmulyo # TRUK")
    said = await phones.says("4")
    assert re.match(r"S\w{4} buangan liar, Sendangmulyo, ", said)
    (report,) = phones.memory.all(Report)
    assert report.size.value == "TRUK"


async def test_after_a_quarter_of_an_hour_it_is_forgotten(phones):
    await phones.says("SAMPAH LIAR # Sendangmulyo")
    phones.clock.move(timedelta(minutes=16))
    assert (await phones.says("4")).startswith("Kata tidak dikenal.")


async def test_a_location_before_the_word(phones):
    assert (await phones.says("", location=SPOT)).startswith("jenis belum ada")
    said = await phones.says("TUMPUKAN")
    assert re.match(r"S\w{4} tumpukan sampah, ", said)
    assert phones.memory.all(Pickup)[0].point == SPOT


async def test_a_location_then_the_whole_word(phones):
    await phones.says("", location=SPOT)
    await phones.says("", photo="media-1")
    assert re.match(r"S\w{4} ", await phones.says("SAMPAH TUMPUKAN"))
    (report,) = phones.memory.all(Report)
    assert (report.point, report.photo) == (SPOT, "media-1")


async def test_a_location_after_the_word(phones):
    await phones.says("SAMPAH TUMPUKAN")
    assert re.match(r"S\w{4} ", await phones.says("", location=SPOT))


async def test_a_location_and_a_photo_after_the_report(phones):
    await phones.says("SAMPAH TUMPUKAN # Tasikagung")
    assert (await phones.says("", location=SPOT)).startswith("Lokasi ditambahkan ke S")
    assert (await phones.says("", photo="media-1")).startswith("Foto ditambahkan ke S")
    assert len(phones.memory.all(Report)) == 1


async def test_a_photo_or_location_with_the_word_as_its_caption(phones):
    assert re.match(r"S\w{4} ", await phones.says("SAMPAH TUMPUKAN # Tasikagung", photo="media-1"))
    assert re.match(r"S\w{4} ", await phones.says("SAMPAH BANGKAI", location=SPOT))
    first, second = sorted(phones.memory.all(Report), key=lambda report: report.category.name, reverse=True)
    assert (first.photo, second.point) == ("media-1", SPOT)


async def test_a_location_outside_is_refused(phones):
    await phones.says("SAMPAH TUMPUKAN")
    said = await phones.says("", location=(-6.2, 106.8))
    assert said.startswith("lokasi di luar wilayah kabupaten")
    assert not phones.memory.all(Report)
    assert re.match(r"S\w{4} tumpukan sampah, ", await phones.says("Tasikagung"))


async def test_a_caption_without_the_word_is_a_report(phones):
    assert re.match(r"S\w{4} tumpukan sampah, ", await phones.says("tumpukan tasikagung motor", photo="media-1"))
    assert phones.memory.all(Report)[0].photo == "media-1"


async def test_the_collectors_story(phones):
    await phones.says("SAMPAH TUMPUKAN # Tasikagung # MOTOR")
    code = phones.memory.all(Pickup)[0].code
    said = await phones.works(f"TERIMA {code.lower()}")
    assert said.startswith(f"{code} tumpukan sampah, Tasikagung, Rembang: tugas Anda.")
    assert (await phones.works(f"TERIMA {code}")).startswith(f"{code} sudah Anda terima. Contoh: TERIMA")
    said = await phones.works(f"SELESAI {code} 1,5 m3")
    assert said == f"{code} tumpukan sampah, Tasikagung, Rembang: selesai, 1,5 m3. Pelapor dikabari. Terima kasih."
    assert (await phones.works(f"SELESAI {code} MOTOR")).startswith(f"{code} sudah selesai. Contoh: SELESAI")
    report = phones.memory.all(Report)[0].code
    assert "sudah diangkut. Bila belum bersih balas BELUM" in await phones.says(f"STATUS {report}")
    assert (await phones.says("BELUM")).startswith("Maaf. Tugas dibuka lagi")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("TOLAK", r"alasan belum ada: kata sendiri\. Kirim alasan saja, contoh: armada rusak"),
        ("SELESAI", r"volume belum ada\. Kirim volume saja, contoh: 1,5 m3"),
        ("SELESAI banyak", r"volume salah: angka m3, atau KRESEK, .*"),
        ("SELESAI 0", r"volume salah: lebih dari 0 sampai 100 m3, .*\. Kirim volume saja, contoh: 1,5 m3"),
        ("TERIMA J01SL", r"kode salah: J dan 4 huruf/angka\. Kirim kode saja, contoh: J7K2P"),
        ("TERIMA J2222", r"J2222 tidak dikenal\. Kirim kode saja, contoh: J7K2P"),
    ],
)
async def test_wrong_answers_of_a_collector(phones, text, answer):
    await phones.says("SAMPAH TUMPUKAN # Tasikagung")
    said = await phones.works(text)
    assert re.fullmatch(answer, said), said


async def test_a_wrong_code_keeps_the_volume(phones):
    await phones.says("SAMPAH TUMPUKAN # Tasikagung")
    code = phones.memory.all(Pickup)[0].code
    await phones.works("SELESAI J2222 1,5 m3")
    assert ": selesai, 1,5 m3. Pelapor dikabari." in await phones.works(code)


async def test_several_open_pickups_are_named_and_the_reason_kept(phones):
    await phones.says("SAMPAH TUMPUKAN # Tasikagung")
    await phones.says("SAMPAH BANGKAI # Tasikagung")
    said = await phones.works("TOLAK armada rusak")
    codes = sorted(pickup.code for pickup in phones.memory.all(Pickup))
    assert said == f"kode belum ada: pilih {codes[0]}, {codes[1]}. Kirim kode saja, contoh: J7K2P"
    assert (await phones.works(codes[1])).startswith(f"{codes[1]} ditolak, ")


async def test_a_refusal_with_its_reason(phones):
    await phones.says("SAMPAH TUMPUKAN # Tasikagung")
    await phones.works("TOLAK")
    said = await phones.works("armada rusak")
    assert re.fullmatch(r"J\w{4} ditolak, mandor dikabari\. Terima kasih\.", said)


async def test_words_of_collectors_from_another_phone_tell_nothing(phones):
    await phones.says("SAMPAH TUMPUKAN # Tasikagung")
    code = phones.memory.all(Pickup)[0].code
    for word in ("TERIMA", "TOLAK", "SELESAI"):
        said = await phones.says(f"{word} {code} 1", uuid4())
        assert said.startswith("Nomor ini belum terdaftar sebagai petugas. Daftar:")
        assert code not in said


async def test_status_of_anothers_report_tells_nothing(phones):
    await phones.says("SAMPAH TUMPUKAN # Tasikagung")
    code = phones.memory.all(Report)[0].code
    assert "tidak dikenal sebagai laporan Anda" in await phones.says(f"STATUS {code}", uuid4())
    assert "ditawarkan ke petugas" in await phones.says("STATUS")


async def test_the_same_key_is_one_report(phones):
    first = await phones.says("SAMPAH TUMPUKAN # Tasikagung # KUNCI a1b2c3d4")
    assert await phones.says("SAMPAH TUMPUKAN # Tasikagung # MOTOR # KUNCI a1b2c3d4") == first
    assert len(phones.memory.all(Report)) == 1
    await phones.says("SAMPAH TUMPUKAN # Tasikagung # KUNCI e5f6a7b8")
    assert len(phones.memory.all(Report)) == 2


async def test_help(phones):
    assert (await phones.says("BANTUAN SAMPAH")).startswith("SAMPAH jenis # tempat # ukuran. Contoh:")
    assert (await phones.says("BANTUAN")).startswith("Gareng Mesem: SAMPAH,")


@given(st.text(max_size=200))
async def test_everything_is_answered(text):
    phones = Phones()
    assert await phones.says(text)
    assert await phones.works(text)
