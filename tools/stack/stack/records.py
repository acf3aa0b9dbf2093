"""Processes by record: who was started, so that only they are ever ended.

A number alone is not enough, the system gives it to the next one. The process meant was born before its record was
written; one that got the number later was not.
"""

import contextlib
import signal
from pathlib import Path

import psutil

GRACE = 10.0
CLOCKS_APART = 0.1  # seconds; births are counted in hundredths


def write(path: Path, process: int) -> None:
    """Record a process that runs, whole or not at all."""
    draft = path.with_suffix(".draft")
    draft.write_text(f"{process}\n")
    draft.rename(path)


def running(path: Path) -> psutil.Process | None:
    """Give the recorded process if it still runs and is the very one."""
    try:
        process = psutil.Process(int(path.read_text()))
        same = process.create_time() <= path.stat().st_mtime + CLOCKS_APART
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except (OSError, ValueError, psutil.Error):
        return None


def end(paths: list[Path], kind: int = signal.SIGTERM, grace: float = GRACE) -> None:
    """End the recorded processes and forget them: `kind` first, SIGKILL to whoever is there after `grace` seconds."""
    processes = [process for path in paths if (process := running(path))]
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(kind)
    _, stubborn = psutil.wait_procs(processes, timeout=grace)
    for process in stubborn:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(stubborn, timeout=GRACE)
    for path in paths:
        path.unlink(missing_ok=True)


def wait_for_end(path: Path, seconds: float = 2 * GRACE) -> None:
    """Wait until the recorded process is gone, at most so long."""
    if process := running(path):
        psutil.wait_procs([process], timeout=seconds)
