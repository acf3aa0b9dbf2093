from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.kernel import fields
from chassis.kernel.codes import as_code, new_code
from chassis.kernel.dates import read_date

WORDS = ("BUMIL", "BAHAYA", "TERIMA", "TOLAK", "SIAP", "STATUS", "BANJIR", "ROB")
LABELS = ("DESA", "NIK", "HP")


@pytest.mark.parametrize(
    ("text", "plain", "labels", "key"),
    [
        ("BUMIL Siti#27#12/3/2026#G2P1A0#155", ("Siti", "27", "12/3/2026", "G2P1A0", "155"), {}, None),
        ("bumil  Siti  Aminah # 27 # # 155 cm #", ("Siti Aminah", "27", "", "155 cm"), {}, None),
        ("BUMIL\nSiti\n27; 12 mar 2026", ("Siti", "27", "12 mar 2026"), {}, None),
        ("Bumil: Siti, 27, desa Kragan, NIK 33", ("Siti", "27"), {"DESA": "Kragan", "NIK": "33"}, None),
        ("BUMIL DESA Kragan # Siti # 27", ("Siti", "27"), {"DESA": "Kragan"}, None),
        ("BUMIL#Siti#27", ("Siti", "27"), {}, None),
        ("BUMIL # Siti # 27", ("Siti", "27"), {}, None),
        (
            "BAHAYA Siti # 27 # DARAH DESA Sendangmulyo Kragan",
            ("Siti", "27", "DARAH"),
            {"DESA": "Sendangmulyo Kragan"},
            None,
        ),
        ("SIAP P2345 KUNCI a1b2c3d4", ("P2345",), {}, "a1b2c3d4"),
        ("STATUS 1,5 m3", ("1,5 m3",), {}, None),
        ("SIAP", (), {}, None),
    ],
)
def test_fields_are_read_whatever_the_separator(text, plain, labels, key):
    typed = fields.read(text, WORDS, LABELS)
    assert typed.word is not None
    assert (typed.fields, dict(typed.labels), typed.key) == (plain, labels, key)


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("BUML", "BUMIL"),
        ("BUMILL", "BUMIL"),
        ("BIMUL", None),
        ("BAHYAA", "BAHAYA"),
        ("BANJR", "BANJIR"),
        ("HALO", None),
        ("RO", None),
    ],
)
def test_a_near_miss_is_understood_when_only_one_word_fits(typed, word):
    read = fields.read(typed.lower() + " x", WORDS)
    assert read.word == word
    assert read.corrected == (word is not None)


def test_two_words_equally_near_are_not_guessed():
    assert fields.near_miss("KATA", ("KOTA", "MATA")) is None


@given(st.text(max_size=300))
def test_any_text_is_read_without_error(text):
    typed = fields.read(text, WORDS, LABELS)
    assert typed.word in {*WORDS, None}
    assert all(part == " ".join(part.split()) for part in typed.fields)


@given(st.sampled_from(WORDS[:-1]), st.data())
def test_one_changed_letter_is_one_off(word, data):
    at = data.draw(st.integers(0, len(word) - 1))
    letter = data.draw(st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ").filter(lambda c: c != word[at]))
    assert fields.one_letter_off(word[:at] + letter + word[at + 1 :], word)
    assert fields.one_letter_off(word[:at] + word[at + 1 :], word)
    assert not fields.one_letter_off(word, word)


@pytest.mark.parametrize(
    "text",
    ["12/03/2026", "12-3-26", "120326", "12032026", "12 mar 2026", "12 Maret 26", "12 march 2026", "12.3.2026"],
)
def test_every_way_to_write_a_date(text):
    assert read_date(text, date(2026, 11, 23)) == date(2026, 3, 12)


@pytest.mark.parametrize("text", ["31/02/2026", "2026", "siti", "1/13/26", "", "12 foo 2026"])
def test_what_is_no_date(text):
    assert read_date(text, date(2026, 11, 23)) is None


def test_two_digit_years_are_the_nearest_that_makes_sense():
    today = date(2026, 11, 23)
    assert read_date("1-5-98", today) == date(1998, 5, 1)
    assert read_date("1-5-27", today) == date(1927, 5, 1)
    assert read_date("1-5-27", today, past=False) == date(2027, 5, 1)


def test_codes_have_no_look_alikes():
    for _ in range(200):
        code = new_code("M")
        assert as_code(f" {code.lower()} ") == code
        assert not set(code[1:]) & set("01BILOSZ")
    assert as_code("M23O5") is None
    assert as_code("R2345", "M") is None
