import pytest

from notifier.config import DIGITS, GRAPH, TIER


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000/v23.0"),
        ("http://127.0.0.1:9000/", "http://127.0.0.1:9000/v23.0"),
        ("https://gateway.example/meta", "https://gateway.example/meta/v23.0"),
        ("https://graph.facebook.com/v21.0", "https://graph.facebook.com/v21.0"),
        ("https://graph.facebook.com/v23.0/", "https://graph.facebook.com/v23.0"),
    ],
)
def test_the_address_gets_a_version_where_it_names_none(given: str, read: str) -> None:
    assert GRAPH.read(given) == read


def test_what_is_no_address_is_refused() -> None:
    with pytest.raises(ValueError, match="scheme or host"):
        GRAPH.read("graph.facebook.com")


@pytest.mark.parametrize(("given", "read"), [("250", 250), ("TIER_2K", 2000), ("tier_unlimited", 2**31 - 1)])
def test_a_tier_is_written_as_a_number_or_as_meta_does(given: str, read: int) -> None:
    assert TIER.read(given) == read


@pytest.mark.parametrize("given", ["0", "many", "-3", "TIER_NOT_SET"])
def test_what_is_no_tier_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match="no tier"):
        TIER.read(given)


def test_an_id_is_of_digits() -> None:
    assert DIGITS.read(" 106540352242922 ") == "106540352242922"
    with pytest.raises(ValueError, match="no number"):
        DIGITS.read("10/6540")
