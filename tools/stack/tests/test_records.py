import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from stack import records

STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
)


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        yield process
        process.kill()


def test_a_recorded_process_is_ended_and_forgotten(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    record = tmp_path / "x.pid"
    records.write(record, sleeper.pid)
    assert int(record.read_text()) == sleeper.pid
    records.end([record])
    assert not psutil.pid_exists(sleeper.pid)
    assert not record.exists()


def test_a_process_born_after_the_record_is_somebody_else(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    record = tmp_path / "x.pid"
    records.write(record, sleeper.pid)
    before = time.time() - 3600
    os.utime(record, (before, before))
    assert records.running(record) is None
    records.end([record])
    assert sleeper.poll() is None


def test_a_record_of_nobody_or_nonsense_is_no_process(tmp_path: Path) -> None:
    (tmp_path / "x.pid").write_text("not a number")
    assert records.running(tmp_path / "x.pid") is None
    assert records.running(tmp_path / "absent.pid") is None


def test_who_does_not_hear_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        records.write(tmp_path / "x.pid", process.pid)
        records.end([tmp_path / "x.pid"], grace=0.3)
        assert not psutil.pid_exists(process.pid)
