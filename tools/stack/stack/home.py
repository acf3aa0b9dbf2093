"""Where a stack keeps its state and on which ports it listens."""

import os
import socket
from dataclasses import dataclass
from pathlib import Path

from stack.errors import StackError

LOOPBACK = "127.0.0.1"
CHECKOUT = Path(__file__).resolve().parents[3]
PORTS = {
    "handset": 0,
    "handset.smpp": 1,
    "handset.smpp2": 2,
    "kafka": 10,
    "kafka.controller": 11,
    "postgres": 12,
    "telponi.grpc": 20,
    "telponi.http": 21,
    "gareng-mesem.grpc": 22,
    "gareng-mesem.http": 23,
    "destana.grpc": 24,
    "destana.http": 25,
    "notifier.grpc": 26,
    "notifier.http": 27,
    "notifier.webhook": 28,
}


@dataclass(frozen=True, slots=True)
class Home:
    """One stack: `root` holds its state (KENTONGAN_HOME), `base` is its first port (KENTONGAN_PORT_BASE)."""

    root: Path
    base: int

    @property
    def secrets(self) -> Path:
        """One file per secret, readable by its owner alone."""
        return self.root / "secrets"

    @property
    def run(self) -> Path:
        """Process ids, addresses, the supervisor's socket."""
        return self.root / "run"

    @property
    def log(self) -> Path:
        """One file per process."""
        return self.root / "log"

    def port(self, name: str) -> int:
        """Give the port of a listener by its name in `PORTS`."""
        return self.base + PORTS[name]

    def address(self, name: str) -> str:
        """Give `host:port` of a listener by its name in `PORTS`."""
        return f"{LOOPBACK}:{self.port(name)}"

    def make_folders(self) -> None:
        """Make the state folder; secrets are closed to others from their first moment."""
        self.root.mkdir(parents=True, exist_ok=True)
        self.run.mkdir(exist_ok=True)
        self.log.mkdir(exist_ok=True)
        self.secrets.mkdir(mode=0o700, exist_ok=True)


def from_environment() -> Home:
    """The stack that KENTONGAN_HOME and KENTONGAN_PORT_BASE name. Raises StackError for a senseless base."""
    base = os.environ.get("KENTONGAN_PORT_BASE") or "8800"
    if not base.isdecimal() or not 1024 <= int(base) <= 65435:  # noqa: PLR2004 - the ports a user may open, 100 of them
        raise StackError(f"KENTONGAN_PORT_BASE must be a number from 1024 to 65435, it is {base!r}")
    root = os.environ.get("KENTONGAN_HOME") or str(CHECKOUT / ".kentongan")
    return Home(Path(root).expanduser().resolve(), int(base))


def is_listening(port: int) -> bool:
    """Whether somebody takes connections on this port of the loopback."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((LOOPBACK, port)) == 0
