"""What sendsms answers, and what a delivery report says, as what to do.

Source: Kannel user guide 1.4.5, on sendsms and on delivery reports; the words are smsbox's.
"""

import re
from datetime import timedelta

from notifier.application.carrier_errors import (
    CarrierError,
    ChannelStopped,
    RejectedForGood,
    Throttled,
    TryLater,
    Unreachable,
)
from notifier.application.incoming import ReceiptState

_ACCEPTED = ("0:", "3:", "sent")
_OK = range(200, 300)
_FORBIDDEN, _NOT_FOUND, _TOO_MANY_REQUESTS, _SERVER_ERRORS, _NOT_NOW = 403, 404, 429, 500, 503
_DELIVERED, _FAILED, _REJECTED = 1, 2, 16
_ON_ITS_WAY = 4 | 8
_EXPIRED, _UNKNOWN = 0x22, 0x42
_NACK = re.compile(r"NACK/(?:0x)?0*([0-9a-f]+)\b", re.IGNORECASE)
_BAD_NUMBER = {"b", "11"}  # ESME_RINVDSTADR, written as hex or decimal


def check(status: int, body: bytes, pause: timedelta) -> None:
    """Return where sendsms took it, now or for later. Raises what to do instead."""
    words = body[:200].decode("utf-8", "replace").strip().lower()
    if status not in _OK:
        raise _refusal(status, words, pause)
    if not words.startswith(_ACCEPTED):
        raise TryLater("unreadable_answer", ambiguous=True, code=f"http {status}")


def _refusal(status: int, words: str, pause: timedelta) -> CarrierError:
    said = f"http {status}"
    if status == _TOO_MANY_REQUESTS or "throttl" in words:
        return Throttled(pause, code=said)
    if status == _FORBIDDEN:
        return _forbidden(words, said)
    if status == _NOT_FOUND:
        return ChannelStopped("no_sendsms_there", code=said, alarm=True)
    if status == _NOT_NOW and words.startswith("temporal failure"):  # bearerbox refused it: certainly not taken
        return TryLater("temporal_failure", ambiguous=False, code=said)
    if status >= _SERVER_ERRORS:
        return TryLater("server_error", ambiguous=True, code=said)
    return RejectedForGood("refused", code=said, alarm=True)


def _forbidden(words: str, said: str) -> CarrierError:
    if "denied by" in words:
        return Unreachable("number_denied", code=said)
    if "not routable" in words:
        return RejectedForGood("no_route", code=said, alarm=True)
    return ChannelStopped("authentication_failed", code=said, alarm=True)


def state_of(number: int) -> ReceiptState:
    """The state of a delivery report by its type (%d)."""
    if number == _UNKNOWN:
        return ReceiptState.UNKNOWN
    if number & _DELIVERED:
        return ReceiptState.DELIVERED
    if number & (_FAILED | _REJECTED):
        return ReceiptState.FAILED
    return ReceiptState.SENT if number & _ON_ITS_WAY else ReceiptState.UNKNOWN


def failure_of(number: int, said: str) -> CarrierError:
    """What to do about a report of a failure; `said` is the centre's own word (%A)."""
    code = f"dlr {number} {said[:60]}".rstrip()
    nack = _NACK.search(said)
    if nack and nack[1].lower() in _BAD_NUMBER:
        return Unreachable("bad_number", code=code)
    if number & _REJECTED:
        return RejectedForGood("rejected_by_network", code=code)
    return Unreachable("expired_at_carrier" if number == _EXPIRED else "undeliverable", code=code)
