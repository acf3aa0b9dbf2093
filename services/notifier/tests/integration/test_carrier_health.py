"""How carriers do, written by each process and read by anybody."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from chassis.postgres.pool import open_pool
from notifier.adapters import carrier_health
from notifier.adapters.carrier_health import KEPT, CarrierHealth
from notifier.domain.carrier_health import Health
from notifier.domain.channel import Channel

pytestmark = pytest.mark.integration
MIGRATIONS = Path(__file__).parents[2] / "migrations"
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
SMS = Health(
    "telko", Channel.SMS, up=False, since=NOW - timedelta(minutes=3), at=NOW, reason="link_lost",
    rests_until=NOW + timedelta(seconds=9), window=10, used=4, accepted=1000, failed=7, throttled=3,
    last_error="timeout", last_error_at=NOW - timedelta(minutes=3),
)  # fmt: skip
WHATSAPP = Health("meta", Channel.WHATSAPP, up=True, since=NOW, at=NOW)


@pytest.fixture
async def pool(database: Any) -> Any:
    own = await database("notifier", MIGRATIONS)
    opened = await open_pool(own.url, password=own.password, name="health", size=2)
    yield opened
    await opened.close()


async def test_what_a_process_writes_is_read_as_it_was(pool: Any) -> None:
    assert await CarrierHealth(pool, "a:1").write([SMS, WHATSAPP])
    assert await CarrierHealth(pool, "b:2").read(NOW) == [WHATSAPP, SMS]


async def test_two_processes_do_not_write_over_each_other(pool: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrier_health, "EVERY", 0.0)
    one, other = CarrierHealth(pool, "a:1"), CarrierHealth(pool, "b:2")
    for health in (one, one, other):
        await health.write([SMS])
    await other.write([replace(SMS, up=True)])
    [read] = await one.read(NOW)
    assert (read.up, read.accepted) == (True, 2000)


async def test_it_writes_once_a_second_and_nothing_of_nothing(pool: Any) -> None:
    health = CarrierHealth(pool, "a:1")
    assert not await health.write([])
    assert [await health.write([SMS]), await health.write([replace(SMS, up=True)])] == [True, False]
    assert not (await health.read(NOW))[0].up


async def test_the_words_of_an_ended_process_are_forgotten_after_a_day(pool: Any) -> None:
    await CarrierHealth(pool, "a:1").write([SMS])
    later = NOW + KEPT + timedelta(seconds=1)
    await CarrierHealth(pool, "b:2").write([replace(WHATSAPP, at=later)])
    assert [one.carrier for one in await CarrierHealth(pool, "c:3").read(later)] == ["meta"]
