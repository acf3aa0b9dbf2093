"""The lane's own trial: two workers killed with -9, one joins, one leaves, and every record is done at least once."""

import asyncio
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from chassis.testing.kafka import Kafka

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(240)]

RECORDS = 60_000
PARTITIONS = 6
WORKER = Path(__file__).parent / "lane_worker.py"
Done = Counter[tuple[int, int]]


async def test_two_kills_a_join_and_a_leave_leave_no_gap(kafka: Kafka, tmp_path: Path):
    await kafka.create("trial", partitions=PARTITIONS)
    settings, log = tmp_path / "settings.json", tmp_path / "log"
    settings.write_text(json.dumps(_settings(kafka, log)))

    def worker(name: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen([sys.executable, str(WORKER), name, str(settings)])

    workers = {name: worker(name) for name in ("a", "b", "c")}
    try:
        writing = asyncio.create_task(_write(kafka))
        await _until(log, RECORDS // 8, "the first eighth")
        workers["a"].kill()
        workers["d"] = worker("d")  # joins
        await _until(log, RECORDS // 3, "a third")
        workers["b"].kill()
        await _until(log, RECORDS // 2, "half")
        workers["c"].terminate()  # leaves
        left = await asyncio.to_thread(workers["c"].wait, 5)
        workers["e"] = worker("e")
        await writing
        done = await _until_all(log)
    finally:
        for process in workers.values():
            process.kill()
            process.wait()
    doubled = sum(count - 1 for count in done.values())
    print(f"records {RECORDS} gaps {RECORDS - len(done)} redelivered {doubled} ({doubled / RECORDS:.1%})")
    assert left == 0
    assert len(done) == RECORDS
    assert {name for name, *_ in _lines(log)} == {"a", "b", "c", "d", "e"}, "not everybody worked: nothing was tried"
    assert doubled > 0, "two kills under load and nothing came twice: nothing was tried"
    assert doubled < RECORDS // 4


def _settings(kafka: Kafka, log: Path) -> dict[str, str]:
    broker = kafka.broker
    return {
        "bootstrap": broker.bootstrap,
        "user": "admin",
        "ca": str(broker.ca),
        "password": broker.password("admin"),
        "group": kafka.name("trial"),
        "topic": kafka.name("trial"),
        "log": str(log),
    }


async def _write(kafka: Kafka) -> None:
    """Write for about 20 seconds, so that the kills fall into the work."""
    producer = AIOKafkaProducer(**kafka.broker.client(), enable_idempotence=True, linger_ms=5)
    await producer.start()
    try:
        for start in range(0, RECORDS, 600):
            sent = [
                await producer.send(kafka.name("trial"), b"%d" % number, partition=number % PARTITIONS)
                for number in range(start, start + 600)
            ]
            await asyncio.gather(*sent)
            await asyncio.sleep(0.15)
    finally:
        await producer.stop()


def _lines(log: Path) -> list[tuple[str, int, int]]:
    """Every whole line: a worker that was killed may have left half a one."""
    if not log.exists():
        return []
    found = [line.split() for line in log.read_text().splitlines()]
    return [(one[0], int(one[1]), int(one[2])) for one in found if len(one) == 3]


def _count(log: Path) -> Done:
    return Counter((partition, offset) for _, partition, offset in _lines(log))


async def _until(log: Path, count: int, what: str) -> Done:
    return await _wait(log, lambda done: len(done) >= count, what)


async def _until_all(log: Path) -> Done:
    """Wait for all, and a little longer for what may come twice."""
    await _until(log, RECORDS, "all records")
    await asyncio.sleep(1)
    return _count(log)


async def _wait(log: Path, enough: Callable[[Done], bool], what: str) -> Done:
    give_up = time.monotonic() + 90
    while not enough(done := await asyncio.to_thread(_count, log)):
        if time.monotonic() > give_up:
            raise TimeoutError(f"{what}: only {len(done)} of {RECORDS} done")
        await asyncio.sleep(0.2)
    return done
