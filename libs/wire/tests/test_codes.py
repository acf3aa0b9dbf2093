"""Codes that name nothing, that are none, and that are not asked for."""

import pytest

from wire.dialogue.codes import take_code


async def test_a_code_not_found_keeps_what_was_right(talk):
    assert await talk.says("CARI S2222 segera") == "S2222 tidak dikenal. Kirim kode saja, contoh: S7K2P"
    assert await talk.says("s7k2p") == "S7K2P segera"


@pytest.mark.parametrize("typed", ["CARI S7K2P", "kode S7K2P"])
async def test_the_word_or_the_fields_name_may_come_with_the_code(talk, typed):
    await talk.says("CARI S2222 segera")
    assert await talk.says(typed) == "S7K2P segera"


async def test_a_code_that_cannot_be_is_asked_again(talk):
    assert await talk.says("CARI S01 segera") == "kode salah: S dan 4 huruf/angka. Kirim kode saja, contoh: S7K2P"
    assert await talk.says("S7K2P") == "S7K2P segera"


async def test_a_code_with_other_fields_begins_a_new_report(talk):
    await talk.says("CARI S2222 segera")
    assert await talk.says("CARI S7K2P besok") == "S7K2P besok"


async def test_other_fields_without_a_code_begin_a_new_report(talk):
    await talk.says("CARI S2222 segera")
    assert await talk.says("CARI besok") == "Tidak ada yang terbuka. Contoh: CARI S7K2P"


async def test_a_field_refused_by_the_use_case_is_asked_again(talk):
    told = "catatan salah: 11 huruf saja. Kirim catatan saja, contoh: baik"
    assert await talk.says("CARI S7K2P duabelashuruf") == told
    assert await talk.says("baik") == "S7K2P baik"


async def test_a_state_that_refuses_is_not_asked_about(talk):
    assert await talk.says("CARI S7K2P TUTUP") == "S7K2P sudah ditutup. Contoh: CARI S7K2P"
    assert await talk.says("S7K2P") == "Kata tidak dikenal. Menu."


@pytest.mark.parametrize(
    ("text", "parted"),
    [
        ("j7k2p, 1,5 m3", ("J7K2P", "1,5 m3")),
        ("J1 rusak", ("J1", "rusak")),
        ("S01SL rusak", ("S01SL", "rusak")),
        ("B3 berbahaya", ("", "B3 berbahaya")),
        ("2 m3", ("", "2 m3")),
        ("armada rusak", ("", "armada rusak")),
        ("", ("", "")),
    ],
)
def test_a_text_is_parted_at_its_code(text, parted):
    assert take_code(text, "J") == parted
