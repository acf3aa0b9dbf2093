"""The one URL of an SMPP carrier: what it may say, and what is refused before anything connects."""

import pytest

from notifier.adapters.smpp.settings import ReceiptIds, parse

BEGIN = "smpp://box:geheim@smsc.example.id:3550"


def test_everything_is_in_one_address() -> None:
    read = parse("smpps://box:gehe%40m@smsc.example.id?rate=12.5&window=30&receipt_ids=hex_to_decimal&sender=BPBD")
    assert (read.host, read.port, read.tls, read.system_id, read.password) == (
        "smsc.example.id", 2775, True, "box", "gehe@m",
    )  # fmt: skip
    assert (read.rate, read.window, read.receipt_ids, read.sender) == (12.5, 30, ReceiptIds.HEX_TO_DECIMAL, "BPBD")
    assert "gehe@m" not in repr(read)


@pytest.mark.parametrize("query", ["rate=0", "rate=0.5", "rate=10000"])
def test_a_rate_is_a_number_of_parts_a_second(query: str) -> None:
    assert parse(f"{BEGIN}?{query}").rate == float(query.removeprefix("rate="))


@pytest.mark.parametrize(
    "query",
    [
        "rate=-1", "rate=nan", "rate=inf", "rate=10001", "rate=fast", "rate=",
        "window=0", "window=1001", "window=1.5", "binds=0", "reserve=-1", "max_parts=0", "max_parts=256",
        "response_timeout=0", "backoff_cap=nan", "receipt_utc_offset=15", "unicode_supported=perhaps",
        "long_messages=cut", "default_alphabet=ebcdic", "sender=Kabupaten+Rembang+Jawa+Tengah",
        "system_type=caf%C3%A9",
    ],
)  # fmt: skip
def test_a_value_that_makes_no_sense_is_refused_by_its_name(query: str) -> None:
    with pytest.raises(ValueError, match=f"SMPP setting {query.partition('=')[0]}: ") as refused:
        parse(f"{BEGIN}?{query}")
    assert "geheim" not in str(refused.value)


@pytest.mark.parametrize("query", ["speed=5", "password=other", "host=elsewhere"])
def test_a_setting_that_there_is_not_is_refused(query: str) -> None:
    with pytest.raises(ValueError, match=f"has no setting {query.partition('=')[0]}"):
        parse(f"{BEGIN}?{query}")


@pytest.mark.parametrize("url", ["http://smsc.example.id", "smpp://", "smsc.example.id:2775", ""])
def test_what_is_no_smpp_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="an SMPP carrier is smpp://"):
        parse(url)
