"""What people type wrongly, or may not: the field named, nothing stored, the rest kept; strangers told nothing."""

import re

import pytest

from handset.client import Shown
from handset.demo.stage import Actor, Stage, code, found

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]
CHANNELS = ("sms", "whatsapp")


def stranger(channel: str) -> Actor:
    phone = "0812-9999-0001" if channel == "sms" else "0812-9999-0002"
    return Actor(phone, "Orang Asing", "", (), channel)


@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_stranger_is_told_how_to_register_and_nothing_else(stage: Stage, channel: str):
    midwife = stage.one("midwife", "sms")
    await stage.say(
        midwife, f"BUMIL Rahasia {channel} # 30 # UK 20 # G2P1A0 # 150 # JARAK 3 # DESA {midwife.places[0]}"
    )
    mother = found(await stage.reply(midwife, code("M") + ".*Skor"), code("M"))
    asking = stranger(channel)
    for text in (f"STATUS {mother}", f"BAHAYA {mother} DARAH", f"TERIMA R{mother[1:]}", f"SKOR {mother} SC"):
        await stage.say(asking, text)
        answer = await stage.reply(asking, "DAFTAR")
        assert mother not in answer["text"]
        assert "Sendangmulyo," not in answer["text"]
    await stage.say(midwife, f"STATUS {mother}")
    unchanged = await stage.reply(midwife, mother)
    assert not re.search(code("R"), unchanged["text"])


@pytest.mark.parametrize("channel", CHANNELS)
async def test_only_the_wrong_field_is_repeated(stage: Stage, channel: str):
    midwife = stage.one("midwife", channel)
    name = "Wagiyem Sms" if channel == "sms" else "Wagiyem Wa"
    await stage.say(midwife, f"BUMIL {name} # 30 # UK 20 # G2P1A0 # 999 # JARAK 3 # DESA {midwife.places[0]}")
    wrong = await stage.reply(midwife, "(?i)tinggi|cm")
    assert not re.search(code("M") + " Skor", wrong["text"])
    await stage.say(midwife, "150")
    right = await stage.reply(midwife, code("M") + r" Skor")
    await stage.say(midwife, f"STATUS {found(right, code('M'))}")
    await stage.reply(midwife, r"W\.\w\. .*UK 20")


@pytest.mark.parametrize("channel", CHANNELS)
async def test_an_ambiguous_village_is_answered_by_its_number(stage: Stage, channel: str):
    resident = stage.one("resident", channel)
    await stage.say(resident, "INFO Sendangmulyo")
    asked = await stage.reply(resident, r"1 Sendangmulyo (\w+), 2 Sendangmulyo")
    second = found(asked, r"2 Sendangmulyo (\w+)")
    await choose(stage, resident, asked, "2")
    await stage.reply(resident, rf"Sendangmulyo, {second}")


async def choose(stage: Stage, actor: Actor, asked: Shown, number: str) -> None:
    await stage.answer(actor, asked, number)


@pytest.mark.parametrize("channel", CHANNELS)
async def test_each_word_reaches_its_service_whoever_was_spoken_to_before(stage: Stage, channel: str):
    midwife = stage.one("midwife", channel)
    for text, answer in (
        ("BANTUAN BUMIL", "BUMIL nama"),
        ("BANTUAN SAMPAH", "SAMPAH jenis"),
        ("BANTUAN BANJIR", "BANJIR desa"),
        ("MENU", "Kentongan"),
        ("bantuam", "(?i)kentongan|dimengerti|bantuan"),
        ("LAHIR", "belum tersedia"),
        ("selamat pagi semuanya", "(?i)tidak dikenal|dimengerti"),
        ("STATUS SXXXX", "(?i)SXXXX tidak dikenal|kode salah"),
        ("STATUS BXXXX", "(?i)BXXXX tidak dikenal|kode salah"),
    ):
        await stage.say(midwife, text)
        await stage.reply(midwife, answer)


@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_resident_may_not_answer_for_a_facility(stage: Stage, channel: str):
    resident = stage.one("resident", channel)
    await stage.say(resident, "TERIMA R2K7P")
    refused = await stage.reply(resident, "DAFTAR")
    assert "R2K7P" not in refused["text"]
    await stage.say(resident, "TERIMA J2K7P")
    await stage.reply(resident, "(?i)daftar|bukan tugas|tidak dikenal")
