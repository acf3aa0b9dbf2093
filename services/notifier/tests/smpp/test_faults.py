"""Why there is no link reaches whoever asks how the carrier does, though nobody sends anything."""

from datetime import UTC, datetime

import pytest

from chassis.testing.until import until
from notifier.adapters.member import Limits, Member
from notifier.adapters.smpp.commands import Status
from notifier.domain.carrier_health import Health


def health(carrier) -> Health:
    return Member(carrier, Limits(), lambda: datetime.now(UTC)).health()


async def test_all_is_well_while_a_link_stands(connect):
    found = health(await connect())
    assert (found.up, found.reason, found.last_error) == (True, "", "")


@pytest.mark.parametrize(
    ("status", "reason", "last_error"),
    [
        (Status.BIND_FAILED, "bind_refused", "bind_refused (bind_failed 0x0000000d)"),
        (Status.SYSTEM_ERROR, "bind_refused", "bind_refused (system_error 0x00000008)"),
        (0x0A1, "bind_refused", "bind_refused (0x000000a1)"),
        (Status.INVALID_PASSWORD, "wrong_password", "wrong_password (0x0000000e)"),
    ],
)
async def test_a_refused_bind_names_the_status(centre, connect, status, reason, last_error):
    centre.bind_status = status
    carrier = await connect(wait=False)
    await until(lambda: carrier.counters["link_ends"] > 0)
    found = health(carrier)
    assert (found.up, found.reason, found.last_error) == (False, reason, last_error)
    assert found.last_error_at is not None


async def test_nobody_listening(centre, connect):
    await centre.__aexit__()
    carrier = await connect(wait=False)
    await until(lambda: carrier.counters["link_ends"] > 0)
    assert health(carrier).reason == "connection_refused"


async def test_a_dropped_link_is_told_and_forgotten_as_a_reason_when_it_is_back(centre, connect):
    carrier = await connect("backoff_first=2&backoff_cap=2")  # time to look before it tries again
    member = Member(carrier, Limits(), lambda: datetime.now(UTC))
    centre.bind_status = Status.BIND_FAILED
    centre.drop()
    await until(lambda: carrier.counters["link_ends"] == 1)
    assert member.health().reason == "link_lost"
    centre.bind_status = Status.OK
    await until(lambda: carrier.up)
    found = member.health()
    assert (found.up, found.reason) == (True, "")
    assert found.last_error.startswith(("link_lost", "bind_refused"))
