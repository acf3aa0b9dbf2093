"""Every code of the specification through real HTTP: what the carrier says, and what becomes of the delivery."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from uuid import uuid4

import pytest
from answered import tries
from prometheus_client import REGISTRY

from notifier.adapters.whatsapp.client import WhatsAppCarrier
from notifier.adapters.whatsapp.errors import of_status
from notifier.adapters.whatsapp.testing import CloudApi
from notifier.application.carrier_errors import (
    CarrierError,
    ChannelStopped,
    NeedsTemplate,
    RejectedForGood,
    Throttled,
    TryLater,
    Unreachable,
)
from notifier.application.consequences import Times
from notifier.application.outgoing import Outgoing, PlainText
from notifier.application.ports import Claimed, Told
from notifier.application.send_delivery import send_deliveries
from notifier.domain.delivery import State
from notifier.domain.lane import Lane
from notifier.domain.template import Approved, Rendered, TextButton

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Case:
    """`pause`: how long the whole carrier rests. `wait`: how long this delivery does. `sms`: it goes that way."""

    code: int
    reason: str
    pause: timedelta | None = None
    wait: timedelta | None = None
    sms: bool = False
    alarm: bool = False
    http: int = 400
    template: bool = False


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


CASES = [
    # throttle: the carrier rests, the delivery is given back
    Case(130429, "throughput_limit", pause=seconds(5), http=429),
    Case(4, "app_limit", pause=seconds(5)),
    Case(80007, "account_limit", pause=seconds(5)),
    Case(131048, "spam_limit", pause=HOUR, alarm=True),
    # this person waits, nobody else
    Case(131056, "pair_limit", wait=seconds(6)),
    # again, with back-off
    Case(1, "unknown_api_error", wait=seconds(1), http=500),
    Case(2, "api_down", wait=seconds(1), http=503),
    Case(131000, "something_went_wrong", wait=seconds(1), http=500),
    Case(131016, "service_overloaded", wait=seconds(1)),
    Case(131057, "account_in_maintenance", wait=seconds(1)),
    # as a template
    Case(131047, "", template=True),
    # by SMS
    Case(131026, "not_on_whatsapp", sms=True),
    Case(131049, "not_sent_for_engagement", sms=True),
    Case(130472, "in_experiment", sms=True),
    # never so, and an operator is called; the person is reached by SMS
    *[Case(code, "template_wrong", sms=True, alarm=True) for code in (132000, 132001, 132005, 132007, 132012)],
    *[Case(code, "template_wrong", sms=True, alarm=True) for code in (132015, 132016, 132068, 132999)],
    Case(131008, "parameter_missing", sms=True, alarm=True),
    Case(131009, "parameter_wrong", sms=True, alarm=True),
    Case(100, "parameter_wrong", sms=True, alarm=True),
    Case(131042, "payment_problem", sms=True, alarm=True),
    Case(131031, "account_locked", sms=True, alarm=True, http=403),
    Case(368, "policy_violation", sms=True, alarm=True, http=403),
    # the channel stops
    Case(0, "authentication_failed", pause=seconds(30), alarm=True, http=401),
    Case(3, "not_permitted", pause=seconds(30), alarm=True, http=403),
    Case(10, "not_permitted", pause=seconds(30), alarm=True, http=403),
    Case(190, "token_expired", pause=seconds(30), alarm=True, http=401),
    *[Case(code, "not_permitted", pause=seconds(30), alarm=True, http=403) for code in (200, 219, 299)],
    # whatever Meta invents tomorrow
    Case(131999, "refused", sms=True, alarm=True),
    Case(-7, "refused", sms=True, alarm=True),
    Case(10**30, "refused", sms=True, alarm=True),
]  # fmt: skip


@pytest.fixture
async def carrier(api: CloudApi) -> AsyncIterator[WhatsAppCarrier]:
    made = WhatsAppCarrier(api.settings(timeout=5))
    await made.start()
    yield made
    await made.stop()


def claimed(**more: Any) -> Claimed:
    given: dict[str, Any] = {
        "id": uuid4(), "seq": 1, "alert": uuid4(), "contact": uuid4(), "tried": frozenset(), "tries": 0,
        "accepted": (), "phone": "+628111", "whatsapp_id": "", "whatsapp_at": NOW, "called_off": False,
    }  # fmt: skip
    return Claimed(**{**given, **more})


def told(lane: Lane = Lane.URGENT) -> Told:
    text = Rendered("Siap?", (TextButton("Siap", "SIAP P2K7P"),), Approved("siap", "id", ("code",)), ("P2K7P",))
    return Told(uuid4(), uuid4(), "destana.incident", lane, text, NOW + HOUR, None, "")


def alarms(reason: str) -> float:
    about = {"carrier": "whatsapp", "reason": reason}
    return REGISTRY.get_sample_value("notifier_carrier_alarms_total", about) or 0.0


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.code))
async def test_a_code_of_an_answer_has_its_consequence(api: CloudApi, carrier: WhatsAppCarrier, case: Case) -> None:
    api.refusals, api.status = [case.code], case.http
    before = alarms(case.reason)
    [tried] = await tries(send_deliveries([claimed()], [told()], carrier, NOW, Times(24 * HOUR, HOUR)))
    what = tried.outcome.next
    assert tried.pause == case.pause
    assert what.reroute == case.sms
    assert what.wait == case.wait
    assert alarms(case.reason) - before == case.alarm
    if case.template:
        assert what.state is State.SENT
        assert [body["type"] for body in api.bodies] == ["interactive", "template"]
    elif case.wait is not None:
        assert (what.state, what.reason) == (State.WAITING, case.reason)
    else:
        assert (what.state, what.reason) == (State.PLANNED, case.reason if case.sms else "")


KINDS: dict[int, type[CarrierError]] = {
    131048: Throttled, 131056: Throttled, 131016: TryLater, 131047: NeedsTemplate, 131026: Unreachable,
    132015: RejectedForGood, 190: ChannelStopped, 131999: Unreachable,
}  # fmt: skip


@pytest.mark.parametrize(("code", "kind"), KINDS.items())
def test_a_code_of_a_failed_status_says_the_same_and_an_unknown_one_means_another_way(
    code: int, kind: type[CarrierError]
) -> None:
    assert type(of_status(code, CloudApi().settings())) is kind


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        ("42", 42, 42),
        ("0", 5, 5),
        (" 7 ", 7, 7),
        ("99999999999", 86_400, 86_400),
        (timedelta(minutes=10), 500, 600),
        (timedelta(minutes=-10), 5, 5),
        (timedelta(days=400), 86_400, 86_400),
        ("soon", 5, 5),
        ("-5", 5, 5),
        ("", 5, 5),
    ],
)
async def test_how_long_to_wait_is_read_from_the_header(
    api: CloudApi, carrier: WhatsAppCarrier, header: str | timedelta, least: int, most: int
) -> None:
    said = format_datetime(datetime.now(UTC) + header) if isinstance(header, timedelta) else header
    api.raw, api.status, api.headers = b"slow down", 429, {"Retry-After": said}
    with pytest.raises(Throttled) as raised:
        await carrier.submit(Outgoing(uuid4(), "+628111", PlainText("Halo")))
    assert timedelta(seconds=least) <= raised.value.retry_after <= timedelta(seconds=most)


@pytest.mark.parametrize(
    "raw",
    [b'{"error": {"code": "130429"}}', b'{"error": {"code": null}}', b'{"error": {"code": true}}', b'{"error": []}',
     b'{"error": {"code": [4]}}', b'{"error": {"code": 4.5}}', b"[]", b"null", b"\xff", b'"x"', b""],
)  # fmt: skip
@pytest.mark.parametrize(
    ("http", "kind"), [(400, RejectedForGood), (429, Throttled), (500, TryLater), (401, ChannelStopped)]
)
async def test_a_code_that_is_none_is_judged_by_its_http_status(
    api: CloudApi, carrier: WhatsAppCarrier, raw: bytes, http: int, kind: type[CarrierError]
) -> None:
    api.raw, api.status = raw, http
    with pytest.raises(kind):
        await carrier.submit(Outgoing(uuid4(), "+628111", PlainText("Halo")))


@pytest.mark.parametrize(
    ("first", "uncounted"), [(True, False), (False, True)], ids=["as planned", "beside the plan"]
)
async def test_a_template_that_may_have_been_sent_speaks_to_the_person(
    api: CloudApi, carrier: WhatsAppCarrier, *, first: bool, uncounted: bool
) -> None:
    api.hang_up = True
    who = claimed()._replace(whatsapp_at=None, tries=0 if first else 1)
    [tried] = await tries(send_deliveries([who], [told()], carrier, NOW, Times(24 * HOUR, HOUR)))
    assert [body["type"] for body in api.bodies] == ["template"]
    assert (tried.outcome.next.state, tried.outcome.uncounted) == (State.WAITING, uncounted)


async def test_free_text_that_may_have_been_sent_counts_for_nobody(api: CloudApi, carrier: WhatsAppCarrier) -> None:
    api.hang_up = True
    [tried] = await tries(send_deliveries([claimed()], [told()], carrier, NOW, Times(24 * HOUR, HOUR)))
    assert [body["type"] for body in api.bodies] == ["interactive"]
    assert not tried.outcome.uncounted


async def test_a_template_that_was_refused_spoke_to_nobody(api: CloudApi, carrier: WhatsAppCarrier) -> None:
    api.refusals = [131026]
    who = claimed()._replace(whatsapp_at=None, tries=1)
    [tried] = await tries(send_deliveries([who], [told()], carrier, NOW, Times(24 * HOUR, HOUR)))
    assert not tried.outcome.uncounted
