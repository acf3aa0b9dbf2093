"""The whole stack by its own commands, beside a running one: up, killed in parts, killed whole, down."""

import json
import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from stack import database, for_tests, leftovers, processes, readiness, records, whatsapp_templates
from stack.home import Home
from stack.secret_files import Secrets

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

# Takes its terminal, so that Ctrl-C on it becomes a signal, and goes on as the program named.
IN_FRONT = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    place = Home(tmp_path_factory.mktemp("stack") / "home", for_tests.free_hundred())
    answer = stack(place, "up")
    assert answer.stdout.splitlines()[-1] == "Kentongan is ready", answer.stderr
    yield place
    stack(place, "clean")
    assert not place.root.exists()
    assert not database.folder(place).exists()


def stack(home: Home, command: str) -> subprocess.CompletedProcess[str]:
    told = {"KENTONGAN_HOME": str(home.root), "KENTONGAN_PORT_BASE": str(home.base)}
    line = [sys.executable, "-m", "stack", command]
    return subprocess.run(line, capture_output=True, text=True, check=False, env=os.environ | told, timeout=400)


def eventually(true: Callable[[], bool], seconds: float) -> bool:
    give_up = time.monotonic() + seconds
    while not true():
        if time.monotonic() > give_up:
            return False
        time.sleep(0.1)
    return True


def well(home: Home) -> bool:
    """Whether all is ready again. `status` is a process of its own: it is asked when the services say so."""
    ready = all(readiness.is_ready(home, service) for service in processes.written())
    return ready and stack(home, "status").returncode == 0


def test_addresses_are_told(home: Home) -> None:
    told = json.loads((home.run / "addresses.json").read_text())
    assert told["kafka"] == home.address("kafka")
    assert {"handset", "postgres", "notifier.webhook", "telponi.grpc", "telponi.http"} <= set(told)


def test_everything_runs_and_status_says_so(home: Home) -> None:
    answer = stack(home, "status")
    assert answer.returncode == 0, answer.stdout
    for name in (*processes.SERVERS, *(service.name for service in processes.written())):
        assert f"{name} " in answer.stdout
        assert records.running(home.run / f"{name}.pid") is not None


def test_the_handset_s_account_knows_the_region_s_templates(home: Home) -> None:
    token = Secrets(home.secrets).get("whatsapp-token")
    url = f"http://{home.address('handset')}/v23.0/{processes.PHONE_NUMBER_ID}/message_templates"
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - our own handset, over http
        listed = {one["name"]: one["components"] for one in json.load(answer)["data"]}
    assert listed == {one["name"]: one["components"] for one in whatsapp_templates.read(whatsapp_templates.FOLDER)}


@pytest.mark.parametrize("name", ["telponi", "kafka"])
def test_a_killed_process_is_started_again(home: Home, name: str) -> None:
    killed = records.running(home.run / f"{name}.pid")
    assert killed is not None
    killed.kill()
    assert eventually(lambda: (records.running(home.run / f"{name}.pid") or killed).pid != killed.pid, 20)
    assert eventually(lambda: well(home), 120)


def test_a_supervisor_killed_with_its_orphans_is_taken_over(home: Home) -> None:
    orphan = records.running(home.run / "kafka.pid")
    os.kill(int((home.run / "supervisor.pid").read_text()), signal.SIGKILL)
    assert orphan is not None
    assert stack(home, "status").returncode == 1
    answer = stack(home, "up")
    assert answer.stdout.splitlines()[-1:] == ["Kentongan is ready"], answer.stderr
    assert not orphan.is_running()


def test_a_second_stack_in_front_runs_beside_and_ctrl_c_ends_it_alone(home: Home, tmp_path: Path) -> None:
    """Ctrl-C comes from a terminal: to the whole group in front, and from the impatient twice."""
    second = Home(tmp_path / "second", for_tests.free_hundred())
    told = {"KENTONGAN_HOME": str(second.root), "KENTONGAN_PORT_BASE": str(second.base)}
    keyboard, terminal = pty.openpty()
    line = [sys.executable, "-c", IN_FRONT, sys.executable, "-m", "stack", "run"]
    with subprocess.Popen(
        line, stdin=terminal, stdout=terminal, stderr=terminal, env=os.environ | told, start_new_session=True
    ) as front:
        try:
            os.close(terminal)
            said = _read_until(keyboard, b"Kentongan is ready", 300)
            assert b"Kentongan is ready" in said, said.decode()
            recorded = [process for file in second.run.glob("*.pid") if (process := records.running(file))]
            assert stack(home, "status").returncode == stack(second, "status").returncode == 0
            os.write(keyboard, b"\x03")
            said = _read_until(keyboard, b"stopping", 30)
            os.write(keyboard, b"\x03")
            said += _read_until(keyboard, b"never said", 60)  # until the other side is closed
            assert front.wait(10) == 0, said.decode()
        finally:
            if front.poll() is None:
                front.kill()
                stack(second, "clean")
    os.close(keyboard)
    assert b"Traceback" not in said
    assert psutil.wait_procs(recorded, timeout=5)[1] == []
    leftovers.check_ports(second)
    assert stack(home, "status").returncode == 0
    shutil.rmtree(database.folder(second), ignore_errors=True)


def _read_until(keyboard: int, wanted: bytes, seconds: float) -> bytes:
    """What the terminal shows, until it shows this, nobody writes to it any more, or the time is over."""
    said, give_up = b"", time.monotonic() + seconds
    while wanted not in said and time.monotonic() < give_up:
        if select.select([keyboard], [], [], 0.2)[0]:
            try:
                said += os.read(keyboard, 4096)
            except OSError:  # how Linux tells that the other side is closed
                break
    return said


def test_a_port_of_another_stack_is_refused_in_one_line(home: Home, tmp_path: Path) -> None:
    answer = stack(Home(tmp_path / "other", home.base), "up")
    assert answer.returncode == 1
    assert answer.stderr.count("\n") == 1
    assert "is taken by another program" in answer.stderr


def test_down_leaves_nothing_running(home: Home) -> None:
    recorded = [process for file in home.run.glob("*.pid") if (process := records.running(file))]
    assert len(recorded) > len(processes.SERVERS)
    assert stack(home, "down").returncode == 0
    assert psutil.wait_procs(recorded, timeout=5)[1] == []
    leftovers.check_ports(home)
