"""Something that a process starts and stops."""

from typing import Protocol


class Part(Protocol):
    """One of the things that make up a process: a pool, a server, a relay, a service's own carrier.

    `start` returns when the part can do its work; a part whose other side is down (a broker, a carrier) starts all
    the same, goes on trying by itself and says so in `ready`. `stop` may be called once, after a start; the process
    gives it a deadline.
    """

    @property
    def name(self) -> str:
        """A short word for logs and /readyz."""

    @property
    def ready(self) -> bool:
        """Whether it can do its work at this moment."""

    async def start(self) -> None:
        """Begin to work."""

    async def stop(self) -> None:
        """End what was begun, give back what was taken."""
