import pytest
import structlog

from notifier.adapters.aggregator.settings import read_callback
from notifier.adapters.fleets import reached_at, read_carriers, sms_carriers
from notifier.adapters.kannel import settings as kannel
from notifier.adapters.smpp.settings import parse as parse_smpp
from notifier.adapters.twilio import settings as twilio


def test_everything_is_in_the_url():
    got = twilio.parse(
        "twilio://AC1:t%2Foken@sms.example.id:8443/api/laml?from=BPBD&service=MG2&name=awan&tls=false&window=5"
        "&callback=https://kentongan.example.id"
    )
    assert (got.user, got.password, got.base) == ("AC1", "t/oken", "http://sms.example.id:8443/api/laml")
    assert (got.sender, got.service, got.name, got.window) == ("BPBD", "MG2", "awan", 5)
    assert got.callback == "https://kentongan.example.id"
    assert twilio.parse("twilio://AC1:t@api.twilio.com?service=MG2").base == "https://api.twilio.com"


def test_kannel_has_its_own_path_unless_another_is_named():
    got = kannel.parse("kannel://desa:rahasia@127.0.0.1:13013?from=BPBD&smsc=modem&secret=enam-belas-huruf")
    assert (got.sendsms, got.smsc) == ("http://127.0.0.1:13013/cgi-bin/sendsms", "modem")
    assert kannel.parse("kannel://desa:rahasia@[::1]:13013/kirim").sendsms == "http://[::1]:13013/kirim"


def test_what_is_secret_is_shown_nowhere():
    made = [twilio.parse("twilio://AC1:sangatrahasia@h?from=A")]
    made += [kannel.parse("kannel://u:sangatrahasia@h?secret=sangatrahasia-juga")]
    assert not any("rahasia" in repr(one) for one in made)


@pytest.mark.parametrize(
    "url",
    [
        "twilio://AC1:sangat/rahasia@h?from=A",
        "twilio://AC1:sangat?rahasia@h&from=A",
        "twilio://AC1:1234?sangatrahasia@h",
        "twilio://AC1:sangat#rahasia@h?from=A",
        "twilio://AC1:sangatrahasia@h:port?from=A",
        "twilio://AC1:sangatrahasia@?from=A",
        "twilio://AC1:sangatrahasia@h",
        "twilio://AC1:sangatrahasia@h?from=A#rahasia",
        "twilio://AC1@h?from=A",
        "http://AC1:sangatrahasia@h?from=A",
        "twilio://AC1:sangatrahasia@h?from=A&windows=3",
        "twilio://AC1:sangatrahasia@h?from=A&window=banyak",
        "twilio://AC1:sangatrahasia@h?from=A&window=0",
        "twilio://AC1:sangatrahasia@h?from=A&timeout=-1",
        "twilio://AC1:sangatrahasia@h?from=A&timeout=inf",
        "twilio://AC1:sangatrahasia@h?from=A&tls=maybe",
        "twilio://AC1:sangatrahasia@h?from=A&name=a/b",
        "twilio://AC1:sangatrahasia@h?from=A&callback=kentongan.example.id",
        "twilio://AC1:sangatrahasia@h?from=A&password=rahasia",
        "kannel://u:sangatrahasia@h?secret=rahasia",
        "kannel://u:sangatrahasia@h?secret=rahasia%25d-yang-panjang",
    ],
)
def test_what_makes_no_sense_is_refused_in_a_line_without_the_password(url):
    parse = kannel.parse if url.startswith("kannel") else twilio.parse
    with pytest.raises(ValueError, match=r"(twilio|kannel) (carrier|setting)") as raised:
        parse(url)
    said = str(raised.value)
    assert "rahasia" not in said
    assert "sangat" not in said
    assert "\n" not in said
    assert raised.value.__cause__ is None


@pytest.mark.parametrize(
    ("url", "own"),
    [
        ("twilio://AC1:t@h?from=A", ""),
        ("twilio://AC1:t@h?from=A&callback=https://own.example.id", "https://own.example.id"),
        ("kannel://u:p@h?secret=enam-belas-huruf", ""),
    ],
)
def test_the_public_address_is_the_callback_where_the_carrier_has_none_of_its_own(url, own):
    [given] = read_carriers(url)
    told = reached_at(given, "https://sms.example.id")
    assert told.callback == (own or "https://sms.example.id")
    assert told.missing_for_receipts == ""
    assert reached_at(parse_smpp("smpp://a:b@h:1"), "https://sms.example.id") == parse_smpp("smpp://a:b@h:1")


@pytest.mark.parametrize("text", ["sms.example.id", "https://sms.example.id/?a=b", "ftp://h", "https://h/%d", ""])
def test_a_public_address_that_is_none_is_refused(text):
    with pytest.raises(ValueError, match="no address"):
        read_callback(text)


@pytest.mark.parametrize(
    ("url", "missing"),
    [
        ("twilio://AC1:t@h?from=A", ["callback"]),
        ("twilio://AC1:t@h?from=A&callback=https://own.example.id", []),
        ("kannel://u:p@h?callback=https://own.example.id", ["secret"]),
        ("kannel://u:p@h?secret=enam-belas-huruf", ["callback"]),
    ],
)
async def test_a_carrier_whose_receipts_will_not_come_says_so(book, url, missing):
    [carrier] = sms_carriers(read_carriers(url), book)
    with structlog.testing.capture_logs() as said:
        await carrier.start()
    await carrier.stop()
    assert [one["missing"] for one in said if one["event"] == "no_receipts_will_come"] == missing
