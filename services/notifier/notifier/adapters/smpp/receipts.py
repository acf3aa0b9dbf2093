"""Delivery receipts: the message's id, what became of it, and when (SMPP 3.4, 5.3.2.35 and appendix B)."""

import re
from datetime import UTC, datetime, timedelta, timezone

from notifier.adapters.smpp.codec import Pdu
from notifier.adapters.smpp.commands import Tag
from notifier.adapters.smpp.settings import ReceiptIds
from notifier.application.carrier_errors import CarrierError, RejectedForGood, Unreachable
from notifier.application.incoming import ReceiptState

_ID = re.compile(r"\bid:\s*([^\s:]+)", re.IGNORECASE)
_STATE = re.compile(r"\bstat:\s*([a-z]+)", re.IGNORECASE)
_ERROR = re.compile(r"\berr:\s*(\w+)", re.IGNORECASE)
_DONE = re.compile(r"\bdone date:\s*(\d{10,14})", re.IGNORECASE)
_DATES = {10: "%y%m%d%H%M", 12: "%y%m%d%H%M%S", 14: "%Y%m%d%H%M%S"}
_LONGEST_HEX = 32

_NUMBERS = {1: "ENROU", 2: "DELIV", 3: "EXPIR", 4: "DELET", 5: "UNDEL", 6: "ACCEP", 7: "UNKNO", 8: "REJEC"}
_STATES = {
    "ENROU": ReceiptState.SENT,
    "ACCEP": ReceiptState.SENT,
    "DELIV": ReceiptState.DELIVERED,
    "EXPIR": ReceiptState.FAILED,
    "DELET": ReceiptState.FAILED,
    "UNDEL": ReceiptState.FAILED,
    "REJEC": ReceiptState.FAILED,
    "FAILE": ReceiptState.FAILED,  # not in the specification, but sent
}


def canonical(message_id: str) -> str:
    """An id as we keep it: small letters, no leading zeros, no spaces."""
    return message_id.strip().lower().lstrip("0") or "0"


def candidates(message_id: str, style: ReceiptIds = ReceiptIds.GUESS) -> tuple[str, ...]:
    """The ids under which a receipt's message may be kept, best first."""
    same = canonical(message_id)
    as_hex = f"{int(same):x}" if same.isascii() and same.isdigit() and len(same) <= _LONGEST_HEX else None
    is_hex = len(same) <= _LONGEST_HEX and set(same) <= set("0123456789abcdef")
    as_decimal = str(int(same, 16)) if is_hex else None
    found = {
        ReceiptIds.SAME: [same],
        ReceiptIds.HEX_TO_DECIMAL: [as_hex or same],
        ReceiptIds.DECIMAL_TO_HEX: [as_decimal or same],
        ReceiptIds.GUESS: [same, as_hex or same, as_decimal or same],
    }
    return tuple(dict.fromkeys(found[style]))


def ids_in(pdu: Pdu, text: str, style: ReceiptIds) -> tuple[str, ...]:
    """Candidates from the optional parameter first, then from the text."""
    by_tlv = pdu.tlvs.get(Tag.RECEIPTED_MESSAGE_ID, b"").split(b"\0")[0].decode("latin-1").strip()
    in_text = _ID.search(text)
    named = [by_tlv] if by_tlv else []
    named += [in_text[1]] if in_text else []
    return tuple(dict.fromkeys(candidate for name in named for candidate in candidates(name, style)))


def state_in(pdu: Pdu, text: str) -> tuple[ReceiptState, CarrierError | None]:
    """What became of it, and what to do where it failed."""
    by_tlv = pdu.tlvs.get(Tag.MESSAGE_STATE)
    in_text = _STATE.search(text)
    word = _NUMBERS.get(by_tlv[0], "") if by_tlv else ""
    word = word or (in_text[1][:5].upper() if in_text else "UNKNO")
    state = _STATES.get(word, ReceiptState.UNKNOWN)
    return state, _failure(word, pdu, text) if state is ReceiptState.FAILED else None


def _failure(word: str, pdu: Pdu, text: str) -> CarrierError:
    network = pdu.tlvs.get(Tag.NETWORK_ERROR_CODE, b"").hex()
    in_text = _ERROR.search(text)
    code = f"{word}:{network or (in_text[1] if in_text else '')}"
    match word:
        case "EXPIR":
            return Unreachable("expired_at_carrier", code=code)
        case "DELET":
            return RejectedForGood("deleted_at_carrier", code=code)
        case "REJEC":
            return RejectedForGood("rejected_by_network", code=code)
        case _:
            return Unreachable("undeliverable", code=code)


def done_in(text: str, utc_offset: timedelta) -> datetime | None:
    """When it happened, by the centre's clock; None where it says nothing that makes sense."""
    found = _DONE.search(text)
    form = _DATES.get(len(found[1])) if found else None
    if found is None or form is None:
        return None
    try:
        return datetime.strptime(found[1], form).replace(tzinfo=timezone(utc_offset)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
