"""Talks to the supervisor: its settings, its start, what it says of its processes."""

import hashlib
import os
import subprocess
import sys
import tempfile
import time
import xmlrpc.client
from http.client import HTTPException
from pathlib import Path
from typing import Any

from supervisor.xmlrpc import SupervisorTransport

from stack import processes, records
from stack.errors import StackError
from stack.home import Home
from stack.logs import last_line

Refused = xmlrpc.client.Fault
GONE = (OSError, HTTPException, xmlrpc.client.Error)
LONGEST_SOCKET = 90  # the kernel takes 107 bytes, and supervisor adds its process id while it makes it
LOG_KEPT = (
    "stdout_logfile_maxbytes=50MB\nstdout_logfile_backups=2\nstderr_logfile_maxbytes=5MB\nstderr_logfile_backups=1"
)


def start(home: Home, services: tuple[processes.Service, ...]) -> None:
    """Start the supervisor with nothing running yet. Raises StackError when it does not answer."""
    (home.run / "supervisor.conf").write_text(settings(home, services))
    told = {"KENTONGAN_HOME": str(home.root), "KENTONGAN_PORT_BASE": str(home.base)}
    log = home.log / "supervisor.err"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "stack.supervise"],
            stdin=subprocess.DEVNULL,
            stdout=errors,
            stderr=errors,
            env=os.environ | told,
            start_new_session=True,
        )
    give_up = time.monotonic() + 15
    while not is_up(home):
        if process.poll() is not None or time.monotonic() > give_up:
            raise StackError(f"the supervisor did not start: {last_line(log) or 'it said nothing'}")
        time.sleep(0.05)


def call(home: Home, method: str, *arguments: object) -> Any:
    """Ask the supervisor. Raises one of `GONE` when it is not there or refuses."""
    transport = SupervisorTransport(None, None, f"unix://{socket_of(home)}")
    proxy = xmlrpc.client.ServerProxy("http://localhost", transport=transport)
    return getattr(proxy.supervisor, method)(*arguments)


def is_up(home: Home) -> bool:
    """Whether this home's supervisor runs and answers."""
    if records.running(home.run / "supervisor.pid") is None:
        return False
    try:
        return bool(call(home, "getState")["statename"] == "RUNNING")
    except GONE:
        return False


def states(home: Home) -> dict[str, str]:
    """Give the state of each process in the supervisor's words (RUNNING, BACKOFF, STOPPED)."""
    return {str(info["name"]): str(info["statename"]) for info in call(home, "getAllProcessInfo")}


def births(home: Home) -> dict[str, int]:
    """Give when each process was started last, in seconds of the epoch; 0 for one that never was."""
    return {str(info["name"]): int(info["start"]) for info in call(home, "getAllProcessInfo")}


def start_process(home: Home, group: str, name: str) -> None:
    """Start a process without waiting for it."""
    call(home, "startProcess", f"{group}:{name}", False)


def socket_of(home: Home) -> Path:
    """Give the supervisor's socket, in the temporary place where the state folder's name is too long for one."""
    plain = home.run / "supervisor.sock"
    if len(os.fsencode(plain)) < LONGEST_SOCKET:
        return plain
    return Path(tempfile.gettempdir()) / f"kentongan-{hashlib.sha256(os.fsencode(home.root)).hexdigest()[:12]}.sock"


def settings(home: Home, services: tuple[processes.Service, ...]) -> str:
    """Give the supervisor's settings. They hold no secret: each process finds its own when it is launched."""
    user = "user=root\n" if os.geteuid() == 0 else ""  # said on purpose, else supervisor warns of it
    head = (
        f"[supervisord]\nnodaemon=true\nsilent=true\n{user}logfile={home.log}/supervisor.log\n"
        f"pidfile={home.run}/supervisor.own.pid\nchildlogdir={home.log}\n"
        f"[unix_http_server]\nfile={socket_of(home)}\nchmod=0700\n"
        "[rpcinterface:supervisor]\n"
        "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n"
    )
    names = [service.name for service in services]
    parts = [_program(home, name, f"{name}.log") for name in processes.SERVERS]
    parts += [_program(home, name, f"{name}.jsonl") for name in names]
    groups = f"[group:servers]\nprograms={','.join(processes.SERVERS)}\n"
    groups += f"[group:services]\nprograms={','.join(names)}\n" if names else ""
    return (head + "".join(parts) + groups).replace("%", "%%")


def _program(home: Home, name: str, log: str) -> str:
    """Settings of one process: restarted whatever its end was, tried for ever, killed 10 s after a stop.

    An end within 3 s of the start is a failing start: what misses a setting says so after its imports.
    """
    signal = "INT" if name == "postgres" else "TERM"
    together = "redirect_stderr=true\n" if name in processes.SERVERS else f"stderr_logfile={home.log}/{name}.err\n"
    return (
        f"[program:{name}]\ncommand={sys.executable} -m stack.launch {name}\n{together}"
        f"stdout_logfile={home.log}/{log}\n{LOG_KEPT}\n"
        "autostart=false\nautorestart=true\nstartsecs=3\nstartretries=1000000\n"
        f"stopsignal={signal}\nstopwaitsecs=10\n"
    )
