"""What a command status means for the message (SMPP 3.4, 5.1.3), and what a failed bind means for the link."""

from datetime import timedelta

from notifier.application.carrier_errors import (
    CarrierDown,
    CarrierError,
    ChannelStopped,
    RejectedForGood,
    Throttled,
    TryLater,
    Unreachable,
)

_THROTTLING = {0x58: "throttled", 0x14: "queue_full"}
_NOT_BOUND = {0x04: "wrong_bind_state", 0x0D: "bind_failed"}
_REFUSED = {0x05: "already_bound", 0x0E: "wrong_password", 0x0F: "wrong_system_id", 0x53: "wrong_system_type"}
_NO_SUCH_PHONE = {0x0B: "bad_number"}
_PASSING = {0x08: "system_error", 0x45: "submit_failed", 0x64: "temporary", 0xFE: "delivery_failure", 0xFF: "unknown"}
_OURS = {
    0x01: "bad_message_length",
    0x02: "bad_command_length",
    0x03: "bad_command",
    0x06: "bad_priority",
    0x07: "bad_registered_delivery",
    0x0A: "sender_name_refused",
    0x0C: "bad_message_id",
    0x15: "bad_service_type",
    0x33: "bad_number_of_destinations",
    0x43: "bad_esm_class",
    0x44: "may_not_submit",
    0x48: "bad_source_ton",
    0x49: "bad_source_npi",
    0x50: "bad_destination_ton",
    0x51: "bad_destination_npi",
    0x54: "bad_replace_flag",
    0x61: "bad_schedule",
    0x62: "bad_validity",
    0xC0: "bad_optional_part",
    0xC1: "optional_not_allowed",
    0xC2: "bad_optional_length",
    0xC3: "optional_missing",
    0xC4: "bad_optional_value",
}
_THIS_MESSAGE = {0x65: "permanent", 0x66: "refused"}
_NAMES = _THROTTLING | _NOT_BOUND | _NO_SUCH_PHONE | _PASSING | _OURS | _THIS_MESSAGE


def error_of(status: int, pause: timedelta, accepted: tuple[str, ...] = ()) -> CarrierError:
    """Say what to do about a refused submit_sm. A status that nobody knows is tried again: the lane counts."""
    code = f"0x{status:08x}"
    if status in _THROTTLING:
        return Throttled(pause, _THROTTLING[status], code=code, accepted=accepted)
    if status in _NOT_BOUND:
        return CarrierDown(_NOT_BOUND[status], code=code, accepted=accepted)
    if status in _NO_SUCH_PHONE:
        return Unreachable(_NO_SUCH_PHONE[status], code=code, accepted=accepted)
    if status in _OURS:
        return RejectedForGood(_OURS[status], code=code, alarm=True, accepted=accepted)
    if status in _THIS_MESSAGE:
        return RejectedForGood(_THIS_MESSAGE[status], code=code, accepted=accepted)
    return TryLater(_PASSING.get(status, "unknown_status"), ambiguous=False, code=code, accepted=accepted)


def bind_error(status: int) -> CarrierError:
    """Say what to do about a refused bind; the link goes on trying, slower and slower."""
    code = f"0x{status:08x}"
    if status in _REFUSED:
        return ChannelStopped(_REFUSED[status], code=code, alarm=True)
    return CarrierDown("bind_refused", code=f"{_NAMES.get(status, '')} {code}".strip())
