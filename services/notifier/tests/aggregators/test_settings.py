import pytest

from notifier.adapters.kannel import settings as kannel
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
