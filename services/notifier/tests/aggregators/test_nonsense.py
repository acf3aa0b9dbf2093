"""Whatever a carrier brings, signed or with the secret: it is understood or put aside, and nothing is raised."""

from contextlib import nullcontext
from urllib.parse import parse_qsl

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notifier.adapters.kannel import settings as kannel
from notifier.adapters.kannel.errors import check
from notifier.adapters.kannel.webhook import understand as understand_kannel
from notifier.adapters.twilio import settings as twilio
from notifier.adapters.twilio.errors import of_answer, of_status
from notifier.adapters.twilio.webhook import understand as understand_twilio
from notifier.application.carrier_errors import CarrierError
from notifier.application.incoming import IncomingSms, Quarantined, Receipt, ReceiptState

TWILIO = twilio.parse("twilio://AC1:t@h?from=A")
KANNEL = kannel.parse("kannel://u:p@h?secret=rahasia-yang-panjang")
NAMES = ["MessageSid", "SmsSid", "MessageStatus", "ErrorCode", "From", "To", "Body", "NumMedia"]
WORDS = st.one_of(st.text(), st.sampled_from(["SM1", "failed", "delivered", "30003", "+62811", "0", "²", "9" * 30]))
KEYS = ["id", "from", "to", "text", "coding", "charset", "state", "said"]
BYTES = st.one_of(
    st.binary(), st.sampled_from([b"1", b"2", b"16", b"NACK/0x0b/", b"UTF-16BE", b"idna", b"hex", b"utf-8\0"])
)


def sound(what: object) -> None:
    assert isinstance(what, Receipt | IncomingSms | Quarantined)
    if isinstance(what, Receipt):
        assert all(what.candidates)
        assert (what.failure is not None) == (what.state is ReceiptState.FAILED)
    if isinstance(what, IncomingSms):
        assert "\0" not in what.text
        assert what.text.encode().decode() == what.text
        assert what.source
        assert what.fingerprint


@given(st.dictionaries(st.sampled_from(NAMES), WORDS), st.binary(max_size=50))
def test_twilio(parameters, raw):
    sound(understand_twilio(parameters, raw, TWILIO))


@example({"id": b"1", "from": b"62", "text": b"a", "charset": b"idna"}, b"")
@example({"id": b"1", "from": b"62", "text": b"a", "charset": b"hex"}, b"")
@example({"id": b"1", "from": b"62", "text": b"a", "charset": b"utf-8\0"}, b"")
@example({"id": b"1", "from": b"62", "text": b"\\ud800", "charset": b"unicode_escape"}, b"")
@given(st.dictionaries(st.sampled_from(KEYS), BYTES), st.binary(max_size=50))
def test_kannel(query, raw):
    sound(understand_kannel(query, raw, KANNEL))


@given(st.text(max_size=200))
def test_any_query_can_be_taken_apart(text):
    pairs = parse_qsl(text, keep_blank_values=True, encoding="latin-1", errors="replace")
    query = {name: value.encode("latin-1", "replace") for name, value in pairs}
    sound(understand_kannel(query, text.encode("utf-8", "replace"), KANNEL))


@given(st.integers(100, 599), st.one_of(st.none(), st.integers()))
def test_every_code_of_twilio_is_an_instruction(http, code):
    assert isinstance(of_answer(http, code, TWILIO.pause), CarrierError)
    assert isinstance(of_status(code, TWILIO.pause), CarrierError)


@given(st.integers(100, 599), st.binary(max_size=300))
def test_every_answer_of_sendsms_is_one(http, body):
    taken = 200 <= http < 300 and body.strip().lower().startswith((b"0:", b"3:", b"sent"))
    with nullcontext() if taken else pytest.raises(CarrierError, match=r"^[a-z_]+$"):
        check(http, body, KANNEL.pause)
