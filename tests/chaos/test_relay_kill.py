"""The broker is killed with -9 under a working relay: every committed row arrives, in the order of its key."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from chassis.kafka.relay import Relay
from chassis.kafka.security import Access
from chassis.postgres.outbox import Outbox
from chassis.postgres.pool import Pool, open_pool
from chassis.testing.kafka import Broker, Kafka
from chassis.testing.postgres import Databases
from stack import for_tests, records, servers
from stack.home import Home

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(240)]

ROWS, KEYS, TOPIC = 20_000, 40, "kentongan.trial.entry.v1"
FILL = (
    "insert into outbox(topic, key, type, subject, value, event_id, occurred_at)"
    " select $1, convert_to('k' || n % $4::int, 'utf8'), 'kentongan.trial.v1.Written', 's',"
    " convert_to(n::text, 'utf8'), gen_random_uuid(), now() from generate_series($2::int, $3::int) n order by n"
)


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Home]:
    """Servers of this test's own: the run's broker is not to be killed."""
    root = tmp_path / "servers"
    yield for_tests.ensure(root, 0)
    for_tests.end(root)


async def test_a_killed_broker_loses_no_row_and_no_order(alone: Home):
    broker = Broker(alone.address("kafka"), alone.secrets / "ca.pem", alone.secrets)
    admin = await asyncio.to_thread(broker.admin)
    kafka = Kafka(broker, admin, prefix="")
    await kafka.create(TOPIC, partitions=4, users=["telponi"])
    databases = Databases(alone.address("postgres"), alone.secrets)
    own = await databases("telponi")
    pool = await open_pool(own.url, password=own.password, name="test", size=4)
    access = Access(broker.bootstrap, "telponi", broker.ca, broker.password("telponi"))
    relay = Relay(access, "telponi", pool, Outbox(pool))
    running = asyncio.create_task(relay.run())
    filling = asyncio.create_task(_fill(pool))
    await asyncio.sleep(1.5)
    await _kill_and_start(alone)
    begun = time.monotonic()
    await filling
    await asyncio.wait_for(relay.emptied(), 60)
    healed = time.monotonic() - begun
    running.cancel()
    await asyncio.wait([running])
    found: dict[bytes | None, list[int]] = {}
    for record in sorted(await kafka.read(TOPIC), key=lambda one: (one.partition, one.offset)):
        found.setdefault(record.key, []).append(int(record.value))
    firsts = {key: list(dict.fromkeys(numbers)) for key, numbers in found.items()}
    total, doubled = sum(map(len, firsts.values())), sum(map(len, found.values())) - ROWS
    disordered = sum(numbers != sorted(numbers) for numbers in firsts.values())
    print(f"rows {ROWS} lost {ROWS - total} doubled {doubled} keys out of order {disordered} healed {healed:.1f} s")
    await pool.close()
    await databases.close()
    admin.close()
    assert total == ROWS
    assert disordered == 0


async def _fill(pool: Pool) -> None:
    for start in range(0, ROWS, 500):
        await pool.execute(FILL, TOPIC, start, start + 499, KEYS)
        await asyncio.sleep(0.1)


async def _kill_and_start(home: Home) -> None:
    process = records.running(home.run / "kafka.pid")
    assert process is not None
    for one in (*process.children(recursive=True), process):
        one.kill()
    await asyncio.sleep(1)
    await asyncio.to_thread(servers._spawn, home, "kafka")
    await asyncio.to_thread(servers.wait_for, home, lambda: None)
