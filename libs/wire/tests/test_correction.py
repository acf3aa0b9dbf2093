"""Only the wrong field is repeated, and nothing else is taken for it."""

from datetime import timedelta

import pytest

ASKED_AGE = "umur salah: angka. Kirim umur saja, contoh: 27"


async def test_the_wrong_field_alone_completes_the_report(talk):
    assert await talk.says("DATA Siti # tua # UK 12") == ASKED_AGE
    assert await talk.says("27") == "Siti 27 UK 12"


@pytest.mark.parametrize("typed", ["27", "UMUR 27", "umur: 27", "Umur=27", "DATA 27", "data umur 27", "DATTA 27"])
async def test_a_correction_in_every_spelling(talk, typed):
    await talk.says("DATA Siti # tua")
    assert await talk.says(typed) == "Siti 27 -"


@pytest.mark.parametrize("typed", ["nama Siti", "NAMA: Siti", "nama=Siti"])
async def test_the_fields_name_is_no_part_of_its_value(talk, typed):
    await talk.says("DATA 5iti # 27")
    assert await talk.says(typed) == "Siti 27 -"


async def test_a_field_may_be_named_where_no_label_is(talk):
    await talk.says("LAPOR # Tasikagung")
    assert (await talk.says("jenis API")).startswith("API di 33.17.10.")


async def test_a_bare_word_begins_anew(talk):
    await talk.says("DATA Siti # tua")
    assert await talk.says("DATA") == "nama belum ada. Kirim nama saja, contoh: Siti"
    assert await talk.says("Tini") == "umur belum ada. Kirim umur saja, contoh: 27"


async def test_a_whole_report_begins_anew(talk):
    await talk.says("DATA Siti # tua # UK 12")
    assert await talk.says("DATA Tini # 30") == "Tini 30 -"


async def test_a_whole_report_one_letter_off_begins_anew(talk):
    await talk.says("DATA Siti # tua # UK 12")
    assert await talk.says("DATTA Tini # 30") == "Dibaca DATA. Tini 30 -"


async def test_another_word_begins_another_report(talk):
    await talk.says("DATA Siti # tua")
    assert await talk.says("CARI S7K2P") == "S7K2P"
    assert (await talk.says("27")).startswith("Kata tidak dikenal.")


async def test_several_labelled_fields_repair_together(talk):
    await talk.says("DATA 5iti # tua")
    assert await talk.says("NAMA Siti UMUR 27 UK 9") == "Siti 27 UK 9"


async def test_a_field_may_be_left_out_after_all(talk):
    await talk.says("DATA Siti # tua # UK 12")
    assert await talk.says("UMUR 27 UK -") == "Siti 27 UK -"
    await talk.says("CARI S2222 segera")
    assert await talk.says("-") == "Tidak ada yang terbuka. Contoh: CARI S7K2P"


async def test_what_was_right_is_kept_for_a_time(talk):
    await talk.says("DATA Siti # tua")
    talk.clock.move(timedelta(minutes=15))
    assert await talk.says("27") == "Kata tidak dikenal. Menu."


async def test_help_does_not_lose_the_report(talk):
    await talk.says("DATA Siti # tua")
    assert await talk.says("BANTUAN DATA") == "DATA nama # umur"
    assert await talk.says("27") == "Siti 27 -"


async def test_to_a_list_a_correction_adds(talk):
    assert await talk.says("TANDA API abu") == "tanda abu?"
    assert await talk.says("tanda ASAP") == "API ASAP"


async def test_a_numbered_choice(talk):
    said = await talk.says("LAPOR API # Sendangmulyo")
    listed = said.partition(": ")[2].removesuffix(". Balas nomornya.").split(", ")
    wanted = next(place for place in listed if place.endswith("Kragan"))
    assert await talk.says(wanted.split()[0]) == "API di 33.17.12.2002, foto -"


async def test_a_labelled_numbered_choice(talk):
    await talk.says("LAPOR API # Sendangmulyo")
    assert (await talk.says("DESA 2")).startswith("API di 33.17.")


async def test_a_short_list_has_buttons(talk):
    said = await talk.says("LAPOR API # Sendangmulio Kragan")
    assert said.startswith("tempat itu tidak ada, maksudnya: 1 Sendangmulyo Kragan, ")
    assert [(button.title, button.payload) for button in talk.reply.buttons] == [
        (f"Nomor {one}", one) for one in ("1", "2", "3")
    ]
    await talk.says("LAPOR API # Sendangmulyo")
    assert talk.reply.buttons == ()


async def test_another_words_label_is_plain_text(talk):
    assert await talk.says("CARI S7K2P nama desa") == "S7K2P nama desa"
    assert (await talk.says("DATA Desa Umbul # 27")) == "Desa Umbul 27 -"
