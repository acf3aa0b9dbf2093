"""What happened to somebody's copy of an alert."""

from datetime import UTC, datetime, timedelta

import pytest

from notifier.domain.channel import Channel
from notifier.domain.delivery import State
from notifier.domain.timeline import Copy, Taken, timeline

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def after(seconds: int) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


def copy(state: State, at: int = 9, reason: str = "", channel: Channel = Channel.SMS) -> Copy:
    return Copy(BEGAN, state, channel, reason, after(at))


def whats(*arguments: object) -> list[tuple[str, str]]:
    return [(step.what, step.carrier or step.reason) for step in timeline(*arguments)]  # type: ignore[arg-type]


TELKO = Taken("telko", Channel.SMS, after(1), after(4))
META = Taken("meta", Channel.WHATSAPP, after(2), None)


def test_a_message_that_was_read_tells_all_its_times() -> None:
    assert whats(copy(State.READ), [TELKO]) == [
        ("planned", ""),
        ("sent", "telko"),
        ("delivered", "telko"),
        ("read", ""),
    ]


def test_a_receipt_that_overtook_the_answer_is_told_after_it() -> None:
    early = Taken("telko", Channel.SMS, after(4), after(1))
    assert whats(copy(State.DELIVERED), [early]) == [("planned", ""), ("sent", "telko"), ("delivered", "telko")]


def test_two_carriers_are_told_in_the_order_of_time() -> None:
    assert whats(copy(State.DELIVERED), [META, TELKO]) == [
        ("planned", ""), ("sent", "telko"), ("sent", "meta"), ("delivered", "telko")
    ]  # fmt: skip


def test_a_delivery_whose_receipt_has_no_time_of_its_own_is_told_by_its_state() -> None:
    assert whats(copy(State.DELIVERED), [META]) == [("planned", ""), ("sent", "meta"), ("delivered", "")]


@pytest.mark.parametrize(
    ("state", "reason", "told"),
    [
        (State.FAILED, "bad_number", [("failed", "bad_number")]),
        (State.DROPPED, "expired", [("dropped", "expired")]),
        (State.UNCLEAR, "unclear", [("unclear", "unclear")]),
        (State.WAITING, "throttled", [("waiting", "throttled")]),
        (State.PLANNED, "carrier_down", [("waiting", "carrier_down")]),
        (State.SENDING, "", [("sending", "")]),
        (State.PLANNED, "", []),
        (State.SENT, "", []),
    ],
)
def test_what_it_waits_for_or_ended_with_is_the_last(state: State, reason: str, told: list[tuple[str, str]]) -> None:
    assert whats(copy(state, reason=reason), []) == [("planned", ""), *told]


def test_an_acknowledgement_has_its_place() -> None:
    assert [step.what for step in timeline(copy(State.READ, at=5), [TELKO], after(7))][-2:] == [
        "read",
        "acknowledged",
    ]


def test_of_twins_each_tells_what_became_of_it() -> None:
    sms, whatsapp = copy(State.FAILED, 6, "bad_number"), copy(State.READ, 8, channel=Channel.WHATSAPP)
    steps = timeline(whatsapp, [META], None, sms)
    assert [(step.what, step.channel) for step in steps] == [
        ("planned", None),
        ("sent", Channel.WHATSAPP),
        ("failed", Channel.SMS),
        ("read", Channel.WHATSAPP),
    ]


def test_one_twin_s_arrival_is_not_taken_for_the_other_s() -> None:
    sms, whatsapp = copy(State.DELIVERED), copy(State.DELIVERED, 8, channel=Channel.WHATSAPP)
    steps = timeline(sms, [TELKO, META], None, whatsapp)
    assert [step.channel for step in steps if step.what == "delivered"] == [Channel.SMS, Channel.WHATSAPP]
