"""How a process runs from `__main__`."""

from chassis.process.process import Process


def run(process: Process) -> None:
    """Run until SIGTERM or SIGINT on a uvloop, drain, return."""
    raise NotImplementedError(process.name)
