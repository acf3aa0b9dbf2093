import pytest

from notifier.config import GRAPH


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
