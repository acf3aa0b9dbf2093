import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.kernel.errors import Reject
from notifier.domain.text import gsm0338
from notifier.domain.text.coding import Coding
from notifier.domain.text.fragment import Fragment
from notifier.domain.text.header import PartOf, concatenation, take_off
from notifier.domain.text.parts import part_count, write
from notifier.domain.text.reading import read
from notifier.domain.text.reassembly import Joined, Reassembler, join
from notifier.domain.text.transliteration import transliterate

DATA = Path(os.environ.get("KENTONGAN_TEST_DATA", Path(__file__).parents[4].parent / "shared" / "data"))
VECTORS = DATA / "smpp" / "smpp_pdu_vectors.json"
ALPHABET = [character for character in gsm0338._BASIC if character != "\x1b"] + list(gsm0338._EXTENDED.values())
gsm_texts = st.text(st.sampled_from(ALPHABET), max_size=700)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=400)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_the_alphabet_is_the_standard_one():
    assert len(ALPHABET) == 127 + 10
    assert gsm0338.encode("@£$¥ÇØøÅå_ΦΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà") == bytes.fromhex(
        "0001020309"[:10] + "0b0c0e0f11121a1c1d1e1f24405b5c5d5e5f607b7c7d7e7f"
    )
    assert gsm0338.encode("\f^{}\\[~]|€") == bytes.fromhex("1b0a1b141b281b291b2f1b3c1b3d1b3e1b401b65")
    for missing in "`Áçâ\u2019\x1b\xa0😀":
        assert gsm0338.encode(missing) is None
        assert not gsm0338.has(missing)


@pytest.mark.skipif(not VECTORS.exists(), reason=f"no public vectors at {VECTORS}: set KENTONGAN_TEST_DATA")
def test_the_vectors_of_other_libraries():
    vectors = json.loads(VECTORS.read_text())
    for case in vectors["gsm7_default_alphabet"]:
        assert gsm0338.encode(case["text"]).hex() == case["unpacked_septets_hex"]
        assert gsm0338.decode(bytes.fromhex(case["unpacked_septets_hex"])) == case["text"]
    for text in vectors["gsm7_not_encodable"]:
        assert gsm0338.encode(text) is None
    for case in vectors["ucs2"]:
        assert read(bytes.fromhex(case["hex"]), Coding.UCS2) == case["text"]


@given(gsm_texts)
def test_gsm_comes_back(text):
    assert gsm0338.decode(gsm0338.encode(text)) == text


@given(st.binary(max_size=300), st.sampled_from(Coding))
def test_nothing_received_crashes(data, coding):
    assert "\0" not in read(data, coding)


def test_odd_escapes():
    assert gsm0338.decode(b"a\x1b") == "a "
    assert gsm0338.decode(b"\x1b\x1be") == " €"
    assert gsm0338.decode(b"\x1bA\x80") == "A\ufffd"


@given(st.one_of(gsm_texts, texts))
def test_parts_join_to_the_text_and_keep_their_limits(text):
    written = write(text, max_parts=255)
    single, each = (160, 153) if written.coding is Coding.GSM7 else (140, 134)
    assert all(len(part) <= (single if len(written.parts) == 1 else each) for part in written.parts)
    assert (
        "".join(read(part, written.coding) for part in written.parts) == text
    )  # each alone: nothing was cut through
    assert part_count(text) == len(written.parts)
    assert len(written.parts) == 1 or all(len(part) >= each - 2 for part in written.parts[:-1])


@pytest.mark.parametrize(
    ("text", "parts"),
    [("", 1), ("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3), ("€" * 80, 1), ("€" * 81, 2),
     ("€" * 152, 2), ("€" * 153, 3), ("ꦏ" * 70, 1), ("ꦏ" * 71, 2), ("ꦏ" * 134, 2), ("ꦏ" * 135, 3),
     ("😀" * 35, 1), ("😀" * 36, 2), ("😀" * 66, 2), ("😀" * 67, 3)],
)  # fmt: skip
def test_part_counts(text, parts):
    assert part_count(text) == parts
    assert len(write(text).parts) == parts


def test_too_many_parts_are_refused_clearly():
    with pytest.raises(Reject) as raised:
        write("a" * 153 * 40)
    assert raised.value.rule == "too_many_parts"
    assert "40 bagian" in str(raised.value)
    assert part_count("a" * 153 * 40) == 40


def test_half_a_pair_is_no_reason_to_crash():
    assert read(write("\ud83dꦏ").parts[0], Coding.UCS2) == "?ꦏ"


@pytest.mark.parametrize(
    ("text", "plain"),
    [("\u201cAwas\u201d \u2013 \u2018siaga\u2019\u2026", "\"Awas\" - 'siaga'..."),
     ("⚠️ BANJIR 🌊", "! BANJIR "), ("e\u0301", "é"), ("Čiháček", "Cihacek"),
     ("ꦏ", "?"), ("30°", "30 derajat"), ("½", "1/2"), ("a\u00a0b", "a b"), ("{€}", "{€}")],
)  # fmt: skip
def test_transliteration(text, plain):
    assert transliterate(text) == plain


@given(texts)
def test_without_unicode_everything_is_gsm(text):
    assert gsm0338.encode(transliterate(text)) is not None
    assert write(text, unicode_supported=False, max_parts=5000).coding is Coding.GSM7


@given(st.text(st.sampled_from([*ALPHABET, "ꦏ", "😀", "\u2019", "ž", "\u0301", "½"]), max_size=500))
def test_parts_without_unicode_join_to_the_nearest_words_and_keep_their_limits(text):
    written = write(text, unicode_supported=False, max_parts=5000)
    assert "".join(gsm0338.decode(part) for part in written.parts) == transliterate(text)
    assert all(len(part) <= (160 if len(written.parts) == 1 else 153) for part in written.parts)
    assert not any(part.endswith(bytes((gsm0338.ESCAPE,))) for part in written.parts)


@given(gsm_texts)
def test_what_gsm_has_is_left_alone(text):
    assert transliterate(text) == text


@given(st.integers(0, 255), st.integers(2, 255), st.data(), st.binary(max_size=134))
def test_headers_come_back(reference, total, data, rest):
    part = PartOf(reference, total, data.draw(st.integers(1, total)))
    assert take_off(concatenation(part) + rest) == (part, rest)


@given(st.binary(max_size=140))
def test_no_header_crashes(data):
    try:
        take_off(data)
    except ValueError as error:
        assert str(error)  # noqa: PT017 - either way out is right, others are not


def fragments(text: str, reference: int = 7) -> list[Fragment]:
    written = write(text, max_parts=255)
    total = len(written.parts)
    return [Fragment(reference, total, n, written.coding, data) for n, data in enumerate(written.parts, start=1)]


@given(st.text(st.sampled_from([*ALPHABET, "ꦏ", "😀"]), min_size=161, max_size=700), st.randoms())
def test_parts_in_any_order_and_repeated_make_the_whole_once(text, random):
    parts = fragments(text)
    coming = parts + random.sample(parts, len(parts) // 2)
    random.shuffle(coming)
    reassembler = Reassembler()
    wholes = [whole for part in coming if (whole := reassembler.add("62811", "2345", part, NOW))]
    assert wholes == [Joined("62811", "2345", text, whole=True)]
    assert reassembler.expire(NOW + timedelta(minutes=6)) == []
    assert len(reassembler) == 0


def test_ten_parts_are_in_numeric_order():
    text = "".join(f"{n:-<153}" for n in range(12))
    assert join(list(reversed(fragments(text)))) == text


def test_a_character_cut_through_by_the_sender_is_whole_again():
    data = "x😀".encode("utf-16-be")
    assert join([Fragment(1, 2, 1, Coding.UCS2, data[:4]), Fragment(1, 2, 2, Coding.UCS2, data[4:])]) == "x😀"


def test_strangers_with_the_same_reference_are_kept_apart():
    reassembler = Reassembler()
    first, second = fragments("a" * 200)
    assert reassembler.add("1", "9", first, NOW) is None
    assert reassembler.add("2", "9", second, NOW) is None
    assert reassembler.add("1", "9", second, NOW).whole


def test_a_reference_may_be_used_again():
    reassembler = Reassembler()
    for letter in "ab":
        first, second = fragments(letter * 200)
        assert reassembler.add("1", "9", first, NOW) is None
        assert reassembler.add("1", "9", second, NOW).text == letter * 200


def test_what_does_not_come_in_time_is_given_as_far_as_it_came():
    reassembler = Reassembler(timedelta(minutes=5))
    one, _, three = fragments("a" * 153 + "b" * 153 + "c")
    reassembler.add("1", "9", one, NOW)
    reassembler.add("1", "9", three, NOW)
    assert reassembler.expire(NOW + timedelta(minutes=4)) == []
    [broken] = reassembler.expire(NOW + timedelta(minutes=5))
    assert (broken.text, broken.whole) == ("a" * 153 + " [...] c", False)
    assert join([one]) == "a" * 153 + " [...] "


def test_open_sets_are_bounded():
    reassembler = Reassembler(max_sets=10)
    for n in range(50):
        reassembler.add(str(n), "9", fragments("a" * 200)[0], NOW)
        reassembler.expire(NOW)
    assert len(reassembler) == 10
