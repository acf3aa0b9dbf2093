import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.adapters.smpp.codec import Pdu, decode
from notifier.adapters.smpp.commands import Command, Tag
from notifier.adapters.smpp.incoming import coding_of, understand
from notifier.adapters.smpp.receipts import candidates, canonical, done_in, ids_in, state_in
from notifier.adapters.smpp.settings import ReceiptIds, SmppSettings, parse
from notifier.application.carrier_errors import RejectedForGood, Unreachable
from notifier.application.incoming import IncomingSms, Quarantined, Receipt, ReceiptState
from notifier.domain.text.coding import Coding

DATA = Path(os.environ.get("KENTONGAN_TEST_DATA", Path(__file__).parents[4].parent / "shared" / "data"))
VECTORS = DATA / "smpp" / "smpp_pdu_vectors.json"
needs_vectors = pytest.mark.skipif(
    not VECTORS.exists(), reason=f"no public PDU vectors at {VECTORS}: set KENTONGAN_TEST_DATA"
)
SETTINGS = SmppSettings("localhost", receipt_utc_offset=0)


def deliver(data: bytes = b"", tlvs: dict | None = None, **fields) -> Pdu:
    whole = {"source_addr": "628111", "destination_addr": "2345", "short_message": data} | fields
    return Pdu(Command.DELIVER_SM, 0, 1, whole, tlvs or {})


@pytest.mark.parametrize(
    ("submitted", "in_receipt"),
    [
        ("4", "4"),
        ("0123456789", "123456789"),
        ("123456789", "0123456789"),
        ("38601fa", "0059113978"),
        ("0x1A"[2:], "26"),
        ("26", "1A"),
        ("0000000A", "a"),
        ("74E02EE1-4e2f-4a6e-a78b-4b247d756a22", "74e02ee1-4e2f-4a6e-a78b-4b247d756a22"),
        ("2E179B310EDE971B2760C72B7F026E1B", "2e179b310ede971b2760c72b7f026e1b"),
        ("0", "000"),
    ],
)
def test_a_receipt_finds_its_message_however_the_id_is_written(submitted, in_receipt):
    assert canonical(submitted) in candidates(in_receipt)


def test_the_exact_id_comes_first_and_a_setting_ends_the_guessing():
    assert candidates("26") == ("26", "1a", "38")
    assert candidates("26", ReceiptIds.SAME) == ("26",)
    assert candidates("26", ReceiptIds.HEX_TO_DECIMAL) == ("1a",)
    assert candidates("1A", ReceiptIds.DECIMAL_TO_HEX) == ("26",)


@given(st.integers(0, 2**64), st.integers(0, 5))
def test_hex_decimal_and_zeros_always_meet(number, zeros):
    for submitted in (str(number), f"{number:x}", f"{number:X}"):
        for told in (str(number), f"{number:x}", f"{number:X}"):
            assert canonical("0" * zeros + submitted) in candidates(told)
            assert canonical(submitted) in candidates("0" * zeros + told)


@given(st.text(max_size=80))
def test_no_id_crashes(text):
    for style in ReceiptIds:
        assert candidates(text, style)


@needs_vectors
def test_receipt_texts_of_other_libraries_are_read():
    for case in json.loads(VECTORS.read_text())["delivery_receipt_text"]:
        expect, text = case["expect"], case["text"]
        if "id" in expect:
            assert ids_in(deliver(), text, ReceiptIds.SAME) == (canonical(expect["id"]),)
            assert state_in(deliver(), text) == (ReceiptState.DELIVERED, None)
        if "done_date" in expect:
            assert done_in(text, timedelta()) == datetime.fromisoformat(expect["done_date"]).replace(tzinfo=UTC)


@needs_vectors
def test_receipts_among_the_vectors_are_understood():
    found = {}
    for case in json.loads(VECTORS.read_text())["cases"]:
        if case["kind"] == "valid" and case["hex"][8:16] == "00000005":
            found[case["name"]] = understand(decode(bytes.fromhex(case["hex"])), SETTINGS)
    receipts = {name: what for name, what in found.items() if isinstance(what, Receipt)}
    assert receipts["decodeDeliverSmAsDeliveryReceipt"].candidates[0] == "38601fa"
    failed = receipts["decodeDeliverSmWithDeliveryReceiptThatFailedFromEndToEnd"]
    assert (failed.candidates[0], failed.state) == ("94251430923", ReceiptState.SENT)
    assert receipts["test_DeliverSM_handset_ack_conversion"].candidates[0] == "70ba8a69"
    assert found["decodeDeliverSmWithOptionalMessagePayload"].text.startswith("¡Maidenman664")
    assert found["test_DeliverSM_sybase_MO_conversion"].text == "HELLO@"


@pytest.mark.parametrize(
    ("word", "number", "state", "error", "reason"),
    [
        ("ENROUTE", 1, ReceiptState.SENT, None, ""),
        ("ACCEPTD", 6, ReceiptState.SENT, None, ""),
        ("DELIVRD", 2, ReceiptState.DELIVERED, None, ""),
        ("EXPIRED", 3, ReceiptState.FAILED, Unreachable, "expired_at_carrier"),
        ("DELETED", 4, ReceiptState.FAILED, RejectedForGood, "deleted_at_carrier"),
        ("UNDELIV", 5, ReceiptState.FAILED, Unreachable, "undeliverable"),
        ("REJECTD", 8, ReceiptState.FAILED, RejectedForGood, "rejected_by_network"),
        ("UNKNOWN", 7, ReceiptState.UNKNOWN, None, ""),
        ("WHATEVER", 200, ReceiptState.UNKNOWN, None, ""),
    ],
)
def test_states_by_text_and_by_parameter(word, number, state, error, reason):
    by_text = understand(deliver(f"id:7 stat:{word} err:0A1".encode(), esm_class=4), SETTINGS)
    by_tlv = understand(
        deliver(tlvs={Tag.RECEIPTED_MESSAGE_ID: b"7\0", Tag.MESSAGE_STATE: bytes((number,))}), SETTINGS
    )
    for receipt in (by_text, by_tlv):
        assert receipt.state is state
        assert type(receipt.failure) is (error or type(None))
        assert error is None or receipt.failure.reason == reason
    assert error is None or by_text.failure.code.endswith(":0A1")


def test_the_parameter_wins_over_the_text():
    told = understand(deliver(b"id:1 stat:DELIVRD", {Tag.MESSAGE_STATE: b"\x05"}, esm_class=4), SETTINGS)
    assert told.state is ReceiptState.FAILED


def test_an_impossible_date_is_no_date_and_the_centre_clock_is_local():
    assert done_in("done date:2613451299", timedelta()) is None
    assert done_in("done date:2601010630", timedelta(hours=7)) == datetime(2025, 12, 31, 23, 30, tzinfo=UTC)


def test_a_receipt_without_an_id_is_quarantined():
    spoiled = understand(deliver(b"delivered!", esm_class=4), SETTINGS)
    assert isinstance(spoiled, Quarantined)
    assert spoiled.reason == "receipt_without_id"


def test_a_person_may_write_what_looks_like_a_receipt():
    message = understand(deliver(b"id:1 stat:DELIVRD"), SETTINGS)
    assert isinstance(message, IncomingSms)


@pytest.mark.parametrize(
    ("data_coding", "coding"),
    [
        (0x00, Coding.LATIN1),
        (0x01, Coding.ASCII),
        (0x02, Coding.BINARY),
        (0x03, Coding.LATIN1),
        (0x04, Coding.BINARY),
        (0x08, Coding.UCS2),
        (0x10, Coding.GSM7),
        (0x14, Coding.BINARY),
        (0x18, Coding.UCS2),
        (0x80, Coding.BINARY),
        (0xF0, Coding.GSM7),
        (0xF2, Coding.GSM7),
        (0xF5, Coding.BINARY),
    ],
)
def test_codings(data_coding, coding):
    assert coding_of(data_coding, Coding.LATIN1) is coding


@pytest.mark.parametrize(
    ("pdu", "reference", "data"),
    [
        (deliver(bytes((5, 0, 3, 9, 2, 1)) + b"abc", esm_class=0x40), 9, b"abc"),
        (deliver(bytes((6, 8, 4, 1, 9, 2, 1)) + b"abc", esm_class=0x40), 265, b"abc"),
        (deliver(bytes((9, 0x24, 1, 1, 0, 3, 9, 2, 1, 0xFF))[:9] + b"", esm_class=0x40), None, None),
        (deliver(b"abc", {Tag.SAR_REFERENCE: b"\1\2", Tag.SAR_TOTAL: b"\2", Tag.SAR_NUMBER: b"\1"}), 258, b"abc"),
    ],
)
def test_parts_by_header_and_by_parameter(pdu, reference, data):
    part = understand(pdu, SETTINGS)
    if reference is None:
        assert part.reason == "bad_header"
        return
    assert (part.fragment.reference, part.fragment.total, part.fragment.number) == (reference, 2, 1)
    assert part.fragment.data == data
    assert part.text == "abc"


@pytest.mark.parametrize(("total", "number"), [(1, 1), (0, 0), (2, 3), (2, 0)])
def test_a_part_that_makes_no_sense_is_a_message(total, number):
    message = understand(deliver(bytes((5, 0, 3, 9, total, number)) + b"abc", esm_class=0x40), SETTINGS)
    assert (message.fragment, message.text) == (None, "abc")


def test_a_message_of_forty_parts_or_of_a_book_is_quarantined_and_one_of_twenty_is_not():
    part = understand(deliver(bytes((5, 0, 3, 9, 40, 7)) + b"abc", esm_class=0x40), SETTINGS)
    assert (part.reason, part.detail) == ("too_many_parts", "part 7 of 40")
    assert understand(deliver(bytes((5, 0, 3, 9, 20, 7)) + b"abc", esm_class=0x40), SETTINGS).fragment.total == 20
    assert understand(deliver(tlvs={Tag.MESSAGE_PAYLOAD: b"x" * 3061}), SETTINGS).reason == "text_too_long"
    assert len(understand(deliver(tlvs={Tag.MESSAGE_PAYLOAD: b"x" * 3060}), SETTINGS).text) == 3060


def test_binary_is_quarantined_and_fingerprints_tell_messages_apart():
    assert understand(deliver(b"\1\2", data_coding=4), SETTINGS).reason == "not_text"
    one, same, other = (understand(deliver(text), SETTINGS) for text in (b"a", b"a", b"b"))
    assert one.fingerprint == same.fingerprint != other.fingerprint


@given(st.binary(max_size=255), st.integers(0, 255), st.integers(0, 255),
       st.dictionaries(st.sampled_from(sorted(Tag)), st.binary(max_size=70)))  # fmt: skip
def test_nothing_brought_crashes(data, esm_class, data_coding, tlvs):
    assert understand(deliver(data, tlvs, esm_class=esm_class, data_coding=data_coding), SETTINGS) is not None


def test_settings_come_from_one_url():
    got = parse(
        "smpps://desa:p%40ss@smsc.example:2776?window=50&sender=BPBD&long_messages=sar&unicode_supported=false"
    )
    assert (got.host, got.port, got.tls, got.password, got.window, got.sender) == (
        "smsc.example", 2776, True, "p@ss", 50, "BPBD",
    )  # fmt: skip
    assert not got.unicode_supported
    assert "p@ss" not in repr(got)


@pytest.mark.parametrize("url", ["http://a", "smpp://", "smpp://a?nothing=1", "smpp://a?window=x", "smpp://a?tls=1",
                                 "smpp://a?long_messages=fax", "smpp://a?unicode_supported=maybe", "smpp://a?window=0",
                                 "smpp://a?binds=0", "smpp://a?response_timeout=0", "smpp://a:123456789@b",
                                 "smpp://a?sender=Ké", "smpp://a?max_parts=256",
                                 "smpp://sixteen-letters-@b"])  # fmt: skip
def test_a_wrong_url_is_refused(url):
    with pytest.raises(ValueError, match="SMPP"):
        parse(url)
