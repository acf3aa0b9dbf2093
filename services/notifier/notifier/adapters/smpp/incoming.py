"""A deliver_sm or data_sm as what it is: a receipt, a person's message, or something for the quarantine."""

from datetime import timedelta
from hashlib import sha256

from notifier.adapters.smpp.codec import Pdu
from notifier.adapters.smpp.commands import Tag
from notifier.adapters.smpp.receipts import done_in, ids_in, state_in
from notifier.adapters.smpp.settings import SmppSettings
from notifier.application.incoming import IncomingSms, Quarantined, Receipt
from notifier.domain.text.coding import Coding
from notifier.domain.text.fragment import Fragment
from notifier.domain.text.header import PartOf, part_of, take_off
from notifier.domain.text.parts import MAX_INCOMING_PARTS, MAX_INCOMING_TEXT
from notifier.domain.text.reading import read

_KIND = 0x3C  # bits of esm_class that tell the message's type (5.2.12)
_RECEIPTS = {0x04, 0x20}  # delivery receipt, intermediate notification
_HAS_HEADER = 0x40
_CODINGS = {1: Coding.ASCII, 3: Coding.LATIN1, 8: Coding.UCS2}
_CLASSES = 0xF0  # data_coding 0xF0: the alphabet is in bit 2 (23.038, 4)
_GENERAL = 0x10  # data_coding 0x10 to 0x3F: in bits 2 and 3


def understand(pdu: Pdu, settings: SmppSettings) -> Receipt | IncomingSms | Quarantined:
    """Say what came. Never fails."""
    data = pdu.tlvs.get(Tag.MESSAGE_PAYLOAD) or pdu.octets("short_message")
    esm_class = pdu.number("esm_class")
    if esm_class & _KIND in _RECEIPTS or Tag.RECEIPTED_MESSAGE_ID in pdu.tlvs:
        return _receipt(pdu, data, settings)
    try:
        part, rest = take_off(data) if esm_class & _HAS_HEADER else (None, data)
    except ValueError as error:
        return Quarantined(settings.name, "bad_header", data, str(error))
    return _message(pdu, part or _sar(pdu), rest, settings)


def coding_of(data_coding: int, default: Coding) -> Coding:
    """The alphabet of an incoming message (5.2.19 and 23.038, 4)."""
    if data_coding == 0:
        return default
    if data_coding >= _CLASSES:
        return Coding.BINARY if data_coding & 0x04 else Coding.GSM7
    if _GENERAL <= data_coding < 0x40:  # noqa: PLR2004 - the end of the group
        return (Coding.GSM7, Coding.BINARY, Coding.UCS2, Coding.BINARY)[data_coding >> 2 & 3]
    return _CODINGS.get(data_coding, Coding.BINARY)


def _receipt(pdu: Pdu, data: bytes, settings: SmppSettings) -> Receipt | Quarantined:
    text = data.decode("latin-1").replace("\0", " ")
    ids = ids_in(pdu, text, settings.receipt_ids)
    if not ids:
        return Quarantined(settings.name, "receipt_without_id", data)
    state, failure = state_in(pdu, text)
    offset = timedelta(hours=settings.receipt_utc_offset)
    return Receipt(settings.name, ids, state, _phone(pdu.text("source_addr")), done_in(text, offset), failure=failure)


def _message(pdu: Pdu, part: PartOf | None, data: bytes, settings: SmppSettings) -> IncomingSms | Quarantined:
    coding = coding_of(pdu.number("data_coding"), settings.default_alphabet)
    if coding is Coding.BINARY:
        return Quarantined(settings.name, "not_text", data, f"data_coding {pdu.number('data_coding')}")
    if part is not None and part.total > MAX_INCOMING_PARTS:
        return Quarantined(settings.name, "too_many_parts", data, f"part {part.number} of {part.total}")
    text = read(data, coding)
    if len(text) > MAX_INCOMING_TEXT:
        return Quarantined(settings.name, "text_too_long", data, f"{len(text)} characters")
    source, destination = pdu.text("source_addr"), pdu.text("destination_addr")
    seen = repr((source, destination, pdu.number("data_coding"), part, data))
    return IncomingSms(
        carrier=settings.name,
        source=source,
        destination=destination,
        text=text,
        fragment=Fragment(part.reference, part.total, part.number, coding, data) if part else None,
        fingerprint=sha256(seen.encode()).hexdigest()[:32],
    )


def _sar(pdu: Pdu) -> PartOf | None:
    reference, total, number = (
        int.from_bytes(pdu.tlvs.get(tag, b""), "big") for tag in (Tag.SAR_REFERENCE, Tag.SAR_TOTAL, Tag.SAR_NUMBER)
    )
    return part_of(reference, total, number) if total <= 0xFF else None  # noqa: PLR2004 - one byte by the specification


def _phone(address: str) -> str:
    return f"+{address}" if address.isdigit() and not address.startswith("0") else address
