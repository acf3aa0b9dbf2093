"""Become one of the stack's processes: `python -m stack.launch NAME`, started by the supervisor.

Writes the process's id, and takes the lock on a server's data, which the server inherits: whoever kills the
supervisor leaves a server that still holds it, and a second server on the same data is refused (two brokers on one
folder corrupted it two times of two).
"""

import os
import sys
from typing import NoReturn

from stack import broker, database, locks, processes, records
from stack.errors import StackError
from stack.home import Home, from_environment

WAIT = 15.0  # a dead server's children may hold the lock for some seconds more


def become(home: Home, name: str) -> NoReturn:
    """Replace this process by the named one. Raises StackError when another server works on the same data."""
    records.write(home.run / f"{name}.pid", os.getpid())
    if name in processes.SERVERS:
        _become_server(home, name)
    service = next(service for service in processes.SERVICES if service.name == name)
    os.execve(sys.executable, [sys.executable, "-m", service.module], processes.environment(home, service))


def _become_server(home: Home, name: str) -> NoReturn:
    lock = locks.take(home.run / f"{name}.lock", wait=WAIT, busy=f"another {name} works on {home.root}")
    os.set_inheritable(lock, True)
    line = broker.command(home) if name == "kafka" else database.command(home)
    if name == "postgres":
        database.drop_rights()
        os.chdir("/")
    # A server learns nothing of ours but how to find programs.
    kept = {name: os.environ[name] for name in ("PATH", "JAVA_HOME", "TMPDIR") if name in os.environ}
    os.execve(line[0], line, {**kept, "LC_ALL": "C"})


def main(name: str) -> None:
    """Entry point; what went wrong is said in one line."""
    try:
        become(from_environment(), name)
    except (StackError, OSError) as problem:
        print(f"{name}: {problem}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1])
