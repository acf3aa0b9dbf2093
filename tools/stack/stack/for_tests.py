"""One broker and one database for a whole test run, whichever of its processes needs them first."""

import os
import random
import shutil
import tempfile
from pathlib import Path

from stack import broker, database, locks, records, servers
from stack.home import PORTS, Home, is_listening
from stack.jars import jars, java

PREFIX = "kentongan-tests-"
OWNER = "owner.pid"
QUICK = {
    broker.JAVA_FLAGS: "-XX:TieredStopAtLevel=1",  # a start with half the work: Java does not compile its code twice
    database.FLAGS: "-c fsync=off -c full_page_writes=off",  # a killed server loses nothing by that, a machine would
}
"""For the environment of servers that live some minutes and hold nothing dear."""


def new_root() -> Path:
    """Name a folder for a new run. Nothing is made before somebody calls `ensure`."""
    return Path(tempfile.gettempdir()) / f"{PREFIX}{os.getpid()}"


def ensure(root: Path, owner: int) -> Home:
    """Give the run's running servers, started by the first who asks. Raises StackError where Java is absent.

    `owner` is the process that calls `end` at last; should it die without, the next run ends them.
    """
    java(), jars()
    root.mkdir(mode=0o755, exist_ok=True)
    with locks.held(root / "start.lock", wait=180, busy=f"somebody has been starting {root} for 3 minutes"):
        home = _home(root)
        if all(records.running(home.run / f"{name}.pid") for name in ("kafka", "postgres")):
            return home
        _sweep()
        home.make_folders()
        records.write(home.run / OWNER, owner)
        servers.start(home)
        return home


def end(root: Path) -> None:
    """Stop the run's servers, if there were any, and remove their state."""
    if not (root / "base").exists():
        return
    home = _home(root)
    servers.stop(home)
    shutil.rmtree(database.folder(home), ignore_errors=True)
    shutil.rmtree(root, ignore_errors=True)


def _home(root: Path) -> Home:
    chosen = root / "base"
    if not chosen.exists():
        chosen.write_text(str(free_hundred()))
    return Home(root, int(chosen.read_text()))


def free_hundred() -> int:
    """Give the base of a hundred ports of which a stack's own are free.

    Below the ports that systems give to outgoing connections, apart from the stack's default.
    """
    bases = list(range(20000, 32000, 100))
    random.shuffle(bases)
    return next(base for base in bases if not any(is_listening(base + offset) for offset in PORTS.values()))


def _sweep() -> None:
    """End the servers of runs that were killed before they could."""
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        recorded = left / "run" / OWNER
        if recorded.exists() and recorded.stat().st_uid == os.geteuid() and not records.running(recorded):
            end(left)
