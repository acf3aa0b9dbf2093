"""What a stack left behind that was killed instead of stopped."""

import signal

from stack import processes, records
from stack.errors import StackError
from stack.home import PORTS, Home, is_listening


def end_leftovers(home: Home) -> None:
    """End by record what still runs without a supervisor: services first, then database and broker."""
    records.end([home.run / "supervisor.pid"], signal.SIGKILL)
    services = [path for path in home.run.glob("*.pid") if path.stem not in processes.SERVERS]
    records.end(services)
    records.end([home.run / "postgres.pid"], signal.SIGINT)
    records.end([home.run / "kafka.pid"])


def check_ports(home: Home) -> None:
    """Raise StackError when somebody else listens on a port of this stack."""
    for name in PORTS:
        if is_listening(home.port(name)):
            other = home.base + 1000 if home.base < 60000 else home.base - 1000  # noqa: PLR2004 - any free hundred
            raise StackError(
                f"port {home.port(name)} ({name}) is taken by another program: "
                f"choose other ports, for instance KENTONGAN_PORT_BASE={other}"
            )
