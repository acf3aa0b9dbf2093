"""Become the broker or the database: `python -m stack.launch kafka|postgres`, with the stack's environment.

The lock on the data is taken here and inherited by the server: whoever kills the supervisor leaves a server that
still holds it, and a second server on the same data is refused (two brokers on one folder corrupted it).
"""

import os
import sys

from stack import broker, database, locks, records
from stack.errors import StackError
from stack.home import Home, from_environment

WAIT = 15.0  # a dead server's children may hold the lock for some seconds more


def become(home: Home, name: str, line: list[str]) -> None:
    """Replace this process by the server, holding the lock of its data. Raises StackError when somebody else does."""
    lock = locks.take(home.run / f"{name}.lock", wait=WAIT, busy=f"another {name} works on {home.root}")
    os.set_inheritable(lock, True)
    records.write(home.run / f"{name}.pid", os.getpid())
    if name == "postgres":
        database.drop_rights()
        os.chdir("/")
    os.execve(line[0], line, _environment())


def _environment() -> dict[str, str]:
    """What a server may know of ours: nothing but how to find programs."""
    kept = {name: os.environ[name] for name in ("PATH", "JAVA_HOME", "TMPDIR") if name in os.environ}
    return {**kept, "LC_ALL": "C"}


def main(name: str) -> None:
    """Entry point; what went wrong is said in one line."""
    try:
        home = from_environment()
        part = {"kafka": broker, "postgres": database}[name]
        become(home, name, part.command(home))
    except (StackError, OSError) as problem:
        print(f"{name}: {problem}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1])
