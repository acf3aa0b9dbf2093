"""The supervisor's own process: `python -m stack.supervise`, one per home for as long as the stack runs."""

import os
import time

from supervisor import process, supervisord

from stack import locks, records
from stack.home import from_environment

LONGEST_PAUSE = 10.0  # seconds between two tries of a process that does not start


class PatientProcess(process.Subprocess):  # type: ignore[misc]  # supervisor has no types
    """A process whose pauses between failing starts stop growing. Supervisor's own grow by a second each for ever."""

    @property
    def delay(self) -> float:
        """When the supervisor looks at this process again, in seconds of the epoch."""
        return getattr(self, "_delay", 0.0)

    @delay.setter
    def delay(self, at: float) -> None:
        self._delay = min(at, time.time() + LONGEST_PAUSE)


def main() -> None:
    """Hold the home's lock and run the supervisor in it."""
    home = from_environment()
    lock = locks.take(home.run / "stack.lock", wait=5, busy=f"another stack runs in {home.root}")
    records.write(home.run / "supervisor.pid", os.getpid())
    process.Subprocess = PatientProcess
    try:
        supervisord.main(["-c", str(home.run / "supervisor.conf")])
    finally:
        os.close(lock)


if __name__ == "__main__":
    main()
