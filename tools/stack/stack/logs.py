"""What a process said last, for the one line that tells why it does not run."""

from pathlib import Path

from stack.home import Home

SHOWN = 300  # characters; longer lines are no longer read on a terminal


def last_line(log: Path) -> str:
    """Give the last line of a log, or nothing where there is none."""
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return lines[-1][:SHOWN] if lines else ""


def why(home: Home, name: str) -> str:
    """Give the last thing that a process said: on its error output first, for there a fall shows."""
    for ending in ("err", "log", "jsonl"):
        if said := last_line(home.log / f"{name}.{ending}"):
            # The reader is told the name already.
            return said.removeprefix(f"{name}: ").removeprefix(f"{name} ").removeprefix("cannot start: ")
    return f"it said nothing; see {home.log}"
