"""Locations and photos: before the word, with it, after it, without it."""

from dataclasses import replace

SPOT = (-6.7052, 111.3397)
HERE = "(-6.7052, 111.3397)"


async def test_a_location_then_the_word(talk):
    assert (await talk.says("", location=SPOT)).startswith("jenis belum ada.")
    assert await talk.says("LAPOR API") == f"API di {HERE}, foto -"


async def test_a_location_and_a_photo_then_the_field(talk):
    await talk.says("", location=SPOT)
    await talk.says("", photo="f1")
    assert await talk.says("API") == f"API di {HERE}, foto f1"


async def test_the_word_then_a_location(talk):
    assert (await talk.says("LAPOR API")).startswith("tempat belum ada")
    assert await talk.says("", location=SPOT) == f"API di {HERE}, foto -"


async def test_a_location_with_the_word_or_with_a_correction(talk):
    assert await talk.says("LAPOR API", location=SPOT) == f"API di {HERE}, foto -"
    await talk.says("LAPOR")
    assert await talk.says("API", location=SPOT) == f"API di {HERE}, foto -"


async def test_a_caption_needs_no_word(talk):
    assert await talk.says("API # Tasikagung", photo="f1") == "API di 33.17.10.2025, foto f1"


async def test_without_a_word_a_photo_is_answered(talk):
    assert await talk.says("", photo="f1") == "Foto apa?"
    assert talk.drafts == []


async def test_a_fresh_report_takes_over_only_what_came_beside_the_words(talk):
    await talk.says("LAPOR # Tasikagung", photo="f1")
    said = await talk.says("LAPOR API # Jakarta")
    assert said.startswith("tempat tidak dikenal")
    assert await talk.says("Tasikagung") == "API di 33.17.10.2025, foto f1"


async def test_a_refused_location_is_forgotten_and_the_place_asked_for(talk):
    assert await talk.says("LAPOR API", location=(6.0, 1.0)) == (
        "lokasi di luar wilayah. Kirim tempat saja, contoh: Tasikagung"
    )
    assert await talk.says("Tasikagung") == "API di 33.17.10.2025, foto -"


async def test_a_word_takes_only_what_it_can_use(talk):
    await talk.says("DATA Siti # tua")
    assert await talk.says("27", photo="f1") == "Siti 27 -"


async def test_help_with_a_photo_is_help(talk):
    assert await talk.says("BANTUAN", photo="f1") == "Menu."


async def test_a_service_that_takes_no_locations(talk):
    talk.dialogue = replace(talk.dialogue, vocabulary=replace(talk.dialogue.vocabulary, wordless=None))
    assert await talk.says("", location=SPOT) == "Kata tidak dikenal. Menu."
