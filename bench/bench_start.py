"""Seconds of `make up` until everything is ready, the second time and later, and the memory of all its processes.

Memory is the proportional set size (PSS): what processes share is counted once, a part for each.
"""

import os
import resource
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import psutil

from measure import RUNS, cpu, last_line, table
from stack import for_tests, records
from stack.home import CHECKOUT, Home

LIMIT_S, LIMIT_MB = 20.0, 1536.0
SETTLED = 3.0  # seconds after `make up` came back


def make(home: Home, target: str) -> float:
    """Run a target of the Makefile on the bench's own stack; give the seconds. Raises CalledProcessError."""
    told = {"KENTONGAN_HOME": str(home.root), "KENTONGAN_PORT_BASE": str(home.base)}
    begun = time.perf_counter()
    subprocess.run(  # noqa: S603 - our own targets
        ["make", "--no-print-directory", target],  # noqa: S607 - make is found where the person who runs this has it
        cwd=CHECKOUT,
        env=os.environ | told,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return time.perf_counter() - begun


def families(home: Home) -> dict[str, list[psutil.Process]]:
    """The stack's processes by name; a server's children belong to it."""
    found: dict[str, list[psutil.Process]] = {}
    for record in home.run.glob("*.pid"):
        if record.stem == "supervisor.own":
            continue  # the supervisor once more
        process = records.running(record)
        if process is None:
            continue
        children = [] if record.stem == "supervisor" else process.children(recursive=True)
        found[record.stem] = [process, *children]
    return found


def memory(home: Home) -> dict[str, float]:
    """Megabytes by process."""
    return {name: sum(map(_pss, family)) for name, family in families(home).items()}


def cpu_seconds(home: Home) -> float:
    """What the stack's processes have used since their start: all are the supervisor's children."""
    return cpu(families(home)["supervisor"][0])


def _of_children() -> float:
    """CPU seconds of what was run and has ended: make, the stack's command, the operator's."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _pss(process: psutil.Process) -> float:
    try:
        return float(process.memory_full_info().pss) / 2**20
    except psutil.NoSuchProcess:
        return 0.0


def main() -> None:
    """Measure."""
    with tempfile.TemporaryDirectory(prefix="kentongan-bench-") as folder:
        Path(folder).chmod(0o755)  # the database's user walks through it
        home = Home(Path(folder) / "home", for_tests.free_hundred())
        parts: dict[str, list[float]] = {}
        used: list[float] = []
        seconds, first = [], make(home, "up")
        try:
            for _ in range(RUNS):
                make(home, "down")
                before = _of_children()
                seconds.append(make(home, "up"))
                used.append(cpu_seconds(home) + _of_children() - before)
                time.sleep(SETTLED)
                now = memory(home)
                for name, megabytes in {**now, "all together": sum(now.values())}.items():
                    parts.setdefault(name, []).append(megabytes)
        finally:
            make(home, "clean-state")
    table("start: make up", {"the first time": [first], "again": seconds}, "s")
    table("CPU of all processes until ready", {"again": used}, "s")
    table("memory", parts, "MB PSS")
    middle, whole = statistics.median(seconds), statistics.median(parts["all together"])
    print(f"\n{middle:.1f} s of {LIMIT_S:.0f} s; {whole:.0f} MB of {LIMIT_MB:.0f} MB")
    more = {"memory_mb": round(whole), "memory_limit_mb": LIMIT_MB}
    last_line("start", middle, LIMIT_S, middle / LIMIT_S, "s", goal=1.0, **more)


if __name__ == "__main__":
    main()
