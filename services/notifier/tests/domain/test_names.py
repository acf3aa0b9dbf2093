"""Names as people are looked for, and as they are shown."""

import pytest

from notifier.domain.names import (
    LONGEST_BEGINNING,
    beginnings_of,
    fits,
    looked_up,
    masked_name,
    masked_phone,
    words_of,
)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Bu Sri Wahyuni, S.Keb", ["sri", "wahyuni", "s", "keb"]),
        ("Siti Nur'aini", ["siti", "nur", "aini"]),
        ("KADES", ["kades"]),
        ("Désirée", ["desiree"]),
        ("BPBD Piket 1", ["bpbd", "piket", "1"]),
        ("  ", []),
    ],
)
def test_a_name_is_its_words(name: str, words: list[str]) -> None:
    assert words_of(name) == words


def test_a_name_is_found_by_the_beginnings_of_its_words_up_to_a_length() -> None:
    assert beginnings_of("Bu Sri 1") == {"sr", "sri", "1"}
    longest = max(beginnings_of("Kartosoewirjohadikusumo"), key=len)
    assert len(longest) == LONGEST_BEGINNING
    assert looked_up(words_of("kartosoewirjohadi")) == [longest]


@pytest.mark.parametrize(
    ("typed", "name", "found"),
    [
        ("sri", "Bidan Sri Wahyuni", True),
        ("wah sri", "Bidan Sri Wahyuni", True),
        ("Bu Sri", "Sri Rejeki", True),
        ("sri darmi", "Sri Rejeki", False),
        ("piket 2", "BPBD Piket 1", False),
    ],
)
def test_each_word_typed_begins_a_word_of_the_name(typed: str, name: str, found: object) -> None:
    assert fits(words_of(typed), name) is found


def test_what_is_looked_up_of_a_name_is_among_its_keys() -> None:
    assert set(looked_up(words_of("Siti Nur'aini"))) <= beginnings_of("Siti Nur'aini")


def test_names_and_phones_are_shown_masked() -> None:
    assert (masked_name("Sri  Wahyuni"), masked_phone("+6281200000001")) == ("S... W...", "...001")
    assert (masked_name(""), masked_phone("")) == ("", "")
