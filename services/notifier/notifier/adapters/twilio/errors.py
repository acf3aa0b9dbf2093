"""What an error of a Twilio-compatible API means for the message; the same for an answer and for a failed status.

Source: Twilio's error and warning dictionary, and the decisions in the notifier's specification.
"""

from datetime import timedelta

from notifier.application.carrier_errors import (
    CarrierError,
    ChannelStopped,
    RejectedForGood,
    Throttled,
    TryLater,
    Unreachable,
)

_THROTTLED = {
    20429: "too_many_requests",
    14107: "rate_exceeded",
    21611: "queue_full",  # of this sender
    30001: "queue_full",
    30022: "rate_exceeded",
}
_TRY_LATER = {
    20500: "server_error",
    20503: "service_unavailable",
    20504: "gateway_timeout",
    30017: "network_congestion",
    30410: "provider_timeout",
}
_UNREACHABLE = {
    21211: "bad_number",
    21217: "bad_number",
    21265: "short_code_as_recipient",
    21610: "opted_out",
    21612: "no_route",
    21614: "not_a_mobile",
    21635: "landline",
    30003: "phone_off",
    30004: "blocked_by_person",
    30005: "unknown_number",
    30006: "landline",
    30008: "undeliverable",
    30036: "expired_at_carrier",
}
_REJECTED = {
    21408: "country_not_enabled",
    21602: "no_text",
    21603: "sender_missing",
    21604: "recipient_missing",
    21605: "text_too_long",
    21606: "sender_name_refused",
    21609: "bad_callback",
    21617: "text_too_long",
    21659: "sender_name_refused",
    21660: "sender_name_refused",
    21703: "service_without_sender",
    21705: "bad_service",
    30007: "filtered",
    30010: "too_expensive",
    30034: "sender_not_registered",
}
_STOPPED = {
    20003: "authentication_failed",
    20005: "account_not_active",
    20006: "not_permitted",
    20008: "test_credentials",
    20404: "no_such_account",
    30002: "account_suspended",
}
_TOO_MANY_REQUESTS = 429
_REFUSED = {401: "authentication_failed", 403: "not_permitted"}
_SERVER_ERRORS = 500


def error_of(code: int, pause: timedelta) -> CarrierError | None:
    """Say what to do about a code; None for one that nobody told us of."""
    said = str(code)
    if code in _THROTTLED:
        return Throttled(pause, _THROTTLED[code], code=said)
    if code in _TRY_LATER:
        return TryLater(_TRY_LATER[code], ambiguous=False, code=said)
    if code in _UNREACHABLE:
        return Unreachable(_UNREACHABLE[code], code=said)
    if code in _REJECTED:
        return RejectedForGood(_REJECTED[code], code=said, alarm=True)
    if code in _STOPPED:
        return ChannelStopped(_STOPPED[code], code=said, alarm=True)
    return None


def of_answer(http: int, code: int | None, pause: timedelta) -> CarrierError:
    """Say what to do about an answer that is no acceptance: by its code where it is known, else by HTTP status."""
    known = error_of(code, pause) if code is not None else None
    if known is not None:
        return known
    said = f"http {http}" if code is None else str(code)
    if http == _TOO_MANY_REQUESTS:
        return Throttled(pause, code=said)
    if http in _REFUSED:
        return ChannelStopped(_REFUSED[http], code=said, alarm=True)
    if http >= _SERVER_ERRORS:
        return TryLater("server_error", ambiguous=True, code=said)  # a gateway may fail after the message was taken
    return RejectedForGood("refused", code=said, alarm=True)


def of_status(code: int | None, pause: timedelta) -> CarrierError:
    """Say what to do about a message that was accepted and then failed; an unknown code means another channel."""
    known = error_of(code, pause) if code is not None else None
    return known or Unreachable("undelivered", code="" if code is None else str(code))
