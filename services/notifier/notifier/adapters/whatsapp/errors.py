"""What an error of the Cloud API means for the message; the same for an answer and for a failed status.

Source: Meta's list of Cloud API error codes, and the decisions in the notifier's specification.
"""

from collections.abc import Mapping
from datetime import timedelta

from notifier.adapters.whatsapp.settings import WhatsAppSettings
from notifier.application.carrier_errors import (
    CarrierError,
    ChannelStopped,
    NeedsTemplate,
    RejectedForGood,
    Scope,
    Throttled,
    TryLater,
    Unreachable,
)

_THROTTLED = {130429: "throughput_limit", 4: "app_limit", 80007: "account_limit"}
_SPAM = 131048
_PAIR = 131056
_TRY_LATER = {
    1: "unknown_api_error",
    2: "api_down",
    131000: "something_went_wrong",
    131016: "service_overloaded",
    131057: "account_in_maintenance",
}
_NEEDS_TEMPLATE = 131047
_UNREACHABLE = {
    131026: "not_on_whatsapp",
    131049: "not_sent_for_engagement",
    130472: "in_experiment",
    131050: "opted_out_at_whatsapp",
    131062: "needs_phone_number",  # this message cannot go to a user id
}
_REJECTED = {
    131008: "parameter_missing",
    131009: "parameter_wrong",
    100: "parameter_wrong",
    131042: "payment_problem",
    131031: "account_locked",
    368: "policy_violation",
}
_TEMPLATE_ERRORS = range(132000, 133000)
_STOPPED = {0: "authentication_failed", 3: "not_permitted", 10: "not_permitted", 190: "token_expired"}
_PERMISSIONS = range(200, 300)
_TOO_MANY_REQUESTS = 429
_UNAUTHORIZED = 401
_SERVER_ERRORS = 500


def error_of(code: int, settings: WhatsAppSettings, retry_after: timedelta | None = None) -> CarrierError | None:
    """Say what to do about a code; None for one that nobody told us of."""
    return _wait(code, settings, retry_after) or _give_up(code)


def _wait(code: int, settings: WhatsAppSettings, retry_after: timedelta | None) -> CarrierError | None:
    said = str(code)
    if code in _THROTTLED:
        pause = retry_after or timedelta(seconds=settings.throttle_pause)
        return Throttled(pause, _THROTTLED[code], code=said)
    if code == _SPAM:
        pause = max(retry_after or timedelta(), timedelta(seconds=settings.spam_pause))
        return Throttled(pause, "spam_limit", code=said, alarm=True)
    if code == _PAIR:
        pause = retry_after or timedelta(seconds=settings.pair_pause)
        return Throttled(pause, "pair_limit", scope=Scope.PERSON, code=said)
    if code in _TRY_LATER:
        return TryLater(_TRY_LATER[code], ambiguous=False, code=said)
    return None


def _give_up(code: int) -> CarrierError | None:
    said = str(code)
    if code == _NEEDS_TEMPLATE:
        return NeedsTemplate(code=said)
    if code in _UNREACHABLE:
        return Unreachable(_UNREACHABLE[code], code=said)
    if code in _TEMPLATE_ERRORS:
        return RejectedForGood("template_wrong", code=said, alarm=True)
    if code in _REJECTED:
        return RejectedForGood(_REJECTED[code], code=said, alarm=True)
    if code in _STOPPED or code in _PERMISSIONS:
        return ChannelStopped(_STOPPED.get(code, "not_permitted"), code=said, alarm=True)
    return None


def of_answer(
    http: int, body: object, settings: WhatsAppSettings, retry_after: timedelta | None = None
) -> CarrierError:
    """Say what to do about an answer that is no acceptance: by its code where it has one, else by its HTTP status."""
    code = _code_in(body)
    known = error_of(code, settings, retry_after) if code is not None else None
    if known is not None:
        return known
    said = f"http {http}" if code is None else str(code)
    if http == _TOO_MANY_REQUESTS:
        return Throttled(retry_after or timedelta(seconds=settings.throttle_pause), code=said)
    if http == _UNAUTHORIZED:
        return ChannelStopped("authentication_failed", code=said, alarm=True)
    if http >= _SERVER_ERRORS:
        return TryLater("server_error", ambiguous=True, code=said)  # a gateway may fail after the message was taken
    return RejectedForGood("refused", code=said, alarm=True)


def of_status(code: int, settings: WhatsAppSettings) -> CarrierError:
    """Say what to do about a message that was accepted and then failed; an unknown code means another channel."""
    return error_of(code, settings) or Unreachable("failed", code=str(code))


def _code_in(body: object) -> int | None:
    error = body.get("error") if isinstance(body, Mapping) else None
    code = error.get("code") if isinstance(error, Mapping) else None
    return code if isinstance(code, int) and not isinstance(code, bool) else None
