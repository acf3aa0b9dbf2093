import os
import pwd
import socket
import stat
import subprocess
import tempfile
from pathlib import Path

import pytest

from stack import commands, database, home, leftovers, locks, processes, supervisor
from stack.certificates import make_certificates
from stack.errors import StackError
from stack.home import PORTS, Home
from stack.secret_files import Secrets, make_secrets


def test_the_base_must_be_a_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KENTONGAN_PORT_BASE", "eighty")
    with pytest.raises(StackError, match="KENTONGAN_PORT_BASE must be a number from 1024 to 65435, it is 'eighty'"):
        home.from_environment()


def test_ports_are_unlike_and_within_a_hundred() -> None:
    assert len(set(PORTS.values())) == len(PORTS)
    assert all(0 <= offset < 100 for offset in PORTS.values())


def test_every_secret_is_closed_to_others_and_stays_what_it_was(tmp_path: Path) -> None:
    place = Home(tmp_path, 9400)
    place.make_folders()
    make_secrets(place.secrets)
    make_certificates(place)
    files = list(place.secrets.iterdir())
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    before = {file.name: file.read_bytes() for file in files}
    make_secrets(place.secrets)
    make_certificates(place)
    assert {file.name: file.read_bytes() for file in place.secrets.iterdir()} == before


def test_a_lock_is_refused_while_held_and_free_afterwards(tmp_path: Path) -> None:
    with (
        locks.held(tmp_path / "lock", wait=1, busy="held"),
        pytest.raises(StackError, match="busy now"),
        locks.held(tmp_path / "lock", wait=0, busy="busy now"),
    ):
        pass
    with locks.held(tmp_path / "lock", wait=0, busy="still held"):
        pass


def test_a_taken_port_is_named_with_its_way_out(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        with pytest.raises(StackError, match=rf"port {number} \(handset\) is taken .* KENTONGAN_PORT_BASE="):
            leftovers.check_ports(Home(tmp_path, number))


def test_a_full_disk_is_said_before_anything_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "ROOM", 1 << 60)
    with pytest.raises(StackError, match=rf"the disk of {tmp_path} has \d+ MB left"):
        commands.up(Home(tmp_path, 9400))
    assert not (tmp_path / "run" / "supervisor.pid").exists()


def test_the_carriers_of_the_environment_win(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Home(tmp_path, 9400)
    place.make_folders()
    make_secrets(place.secrets)
    notifier = next(service for service in processes.SERVICES if service.name == "notifier")
    monkeypatch.delenv("KENTONGAN_SMPP_URL", raising=False)
    ours = processes.environment(place, notifier)["KENTONGAN_SMPP_URL"]
    assert ours == f"smpp://kentongan:{Secrets(place.secrets).get('smpp-password')}@127.0.0.1:9401"
    monkeypatch.delenv("KENTONGAN_SMS_CARRIERS", raising=False)
    assert "@127.0.0.1:9402?name=" in processes.environment(place, notifier)["KENTONGAN_SMS_CARRIERS"]
    monkeypatch.setenv("KENTONGAN_SMPP_URL", "smpp://me:pw@192.0.2.1:2775")
    assert "KENTONGAN_SMS_CARRIERS" not in processes.environment(place, notifier)  # the handset is no spare for it
    assert processes.environment(place, notifier)["KENTONGAN_SMPP_URL"] == "smpp://me:pw@192.0.2.1:2775"


def test_binaries_copied_to_where_their_user_can_reach_them_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Home(tmp_path / "closed", 9400)
    monkeypatch.setattr(database, "user", lambda: pwd.getpwuid(os.getuid()))
    monkeypatch.setattr(database, "_reachable", lambda _: False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    programs = database.binaries(place)
    assert tmp_path in programs.parents
    for program in ("initdb", "postgres"):
        subprocess.run([programs / program, "--version"], check=True, env={"PATH": "/usr/bin:/bin"})


def test_a_long_state_folder_still_has_a_socket(tmp_path: Path) -> None:
    deep = Home(tmp_path / ("x" * 60) / ("y" * 60), 9400)
    assert len(os.fsencode(supervisor.socket_of(deep))) < 100


def test_no_secret_stands_in_the_supervisor_s_settings(tmp_path: Path) -> None:
    place = Home(tmp_path, 9400)
    place.make_folders()
    make_secrets(place.secrets)
    text = supervisor.settings(place, processes.SERVICES)
    assert not [file.name for file in place.secrets.iterdir() if file.read_text().strip() in text]
