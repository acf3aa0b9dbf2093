"""up, down, status, run, clean: what the Makefile's targets do."""

import contextlib
import json
import shutil
import signal
import time
from types import FrameType

from stack import (
    contents,
    database,
    jars,
    leftovers,
    locks,
    people,
    processes,
    readiness,
    records,
    servers,
    supervisor,
    whatsapp_templates,
)
from stack.errors import StackError
from stack.home import PORTS, Home

READY = "Kentongan is ready"
ROOM = 500 * 1024 * 1024  # bytes; a broker that finds its disk full stops at once


def up(home: Home) -> None:
    """Start everything and come back when all is ready. Raises StackError, with everything stopped again."""
    home.make_folders()
    with locks.held(home.run / "command.lock", wait=120, busy=f"another command works on {home.root}"):
        if not supervisor.is_up(home):
            _begin(home)
        try:
            _bring_up(home)
        except BaseException:
            _end(home)
            raise
    _say_where(home)
    print(READY, flush=True)


def down(home: Home) -> None:
    """Stop everything, servers last. Quiet when nothing runs."""
    if not home.run.is_dir():
        return
    with locks.held(home.run / "command.lock", wait=120, busy=f"another command works on {home.root}"):
        _end(home)


def run(home: Home) -> None:
    """Start, stay in front, stop on Ctrl-C."""
    for kind in (signal.SIGINT, signal.SIGTERM):  # SIGINT too: a script's background jobs are born ignoring it
        signal.signal(kind, _as_interrupt)
    try:
        up(home)
        while supervisor.is_up(home):
            time.sleep(1)
        raise StackError(f"the supervisor is gone; see {home.log / 'supervisor.log'}")
    except KeyboardInterrupt:
        print("\nstopping", flush=True)
    finally:
        _ignore_interrupts()
        down(home)


def status(home: Home) -> bool:
    """Say what runs; whether everything does."""
    if not supervisor.is_up(home):
        print(f"nothing runs in {home.root}")
        return False
    services = {service.name: service for service in processes.written()}
    well = True
    for name, state in supervisor.states(home).items():
        ready = state in {"RUNNING", "STARTING"} and (
            name not in services or readiness.is_ready(home, services[name])
        )
        process = records.running(home.run / f"{name}.pid")
        word = "ready" if ready else {"RUNNING": "not ready"}.get(state, state.lower())
        print(f"{name:14} {word:10} {process.pid if process else '-':>8}  {home.log}/{name}.*")
        well = well and ready
    return well


def clean(home: Home) -> None:
    """Stop and forget everything."""
    down(home)
    shutil.rmtree(database.folder(home), ignore_errors=True)
    shutil.rmtree(home.root, ignore_errors=True)


def _begin(home: Home) -> None:
    """From nothing, or from what a killed stack left, to a supervisor with nothing to do yet."""
    free = shutil.disk_usage(home.root).free
    if free < ROOM:
        raise StackError(f"the disk of {home.root} has {free >> 20} MB left, {ROOM >> 20} are needed")
    jars.java()  # asked first: the most common thing to be missing
    leftovers.end_leftovers(home)
    leftovers.check_ports(home)
    servers.prepare(home)
    supervisor.start(home, processes.written())


def _bring_up(home: Home) -> None:
    for name in processes.SERVERS:
        _ensure_started(home, "servers", name)
    servers.wait_for(home, readiness.Failures(home).check)
    contents.ensure_contents(home)
    for service in processes.written():
        _ensure_started(home, "services", service.name)
    _write_addresses(home)
    readiness.wait_for_services(home, processes.written())
    whatsapp_templates.register(home)
    people.load(home)


def _ensure_started(home: Home, group: str, name: str) -> None:
    if supervisor.states(home)[name] in {"STOPPED", "EXITED", "FATAL"}:
        supervisor.start_process(home, group, name)


def _end(home: Home) -> None:
    """Services together, then servers, then the supervisor; then whoever is still there, by record."""
    with contextlib.suppress(*supervisor.GONE):
        for group in ("services", "servers"):
            with contextlib.suppress(supervisor.Refused):  # a stack without services has no such group
                supervisor.call(home, "stopProcessGroup", group)
        supervisor.call(home, "shutdown")
        records.wait_for_end(home.run / "supervisor.pid")
    leftovers.end_leftovers(home)


def _write_addresses(home: Home) -> None:
    draft = home.run / "addresses.draft"
    draft.write_text(json.dumps({name: home.address(name) for name in PORTS}, indent=2) + "\n")
    draft.rename(home.run / "addresses.json")


def _say_where(home: Home) -> None:
    for name in PORTS:
        # Pages by name, not by number: a browser's passkeys refuse IP addresses.
        page = f"http://localhost:{home.port(name)}" if name == "handset" else home.address(name)
        print(f"  {name:18} {page}")
    print(f"  {'state and logs':18} {home.root}")


def _as_interrupt(_: int, __: FrameType | None) -> None:
    _ignore_interrupts()
    raise KeyboardInterrupt


def _ignore_interrupts() -> None:
    """A second Ctrl-C would leave half of it running."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
