"""The gRPC server as a part of the process."""

from collections.abc import Callable, Sequence
from typing import Any

from chassis.grpc.server import GrpcServer
from chassis.settings import GrpcSettings

Servicers = Sequence[tuple[Callable[[Any, Any], None], object]]

_GRACE = 1.5  # seconds for calls that run while the server stops


class Rpc:
    """Serves while the process runs."""

    name = "grpc"

    def __init__(self, servicers: Servicers, settings: GrpcSettings) -> None:
        self._server = GrpcServer.from_settings(servicers, settings)
        self.ready = False

    @property
    def port(self) -> int:
        """The port in use."""
        return self._server.port

    async def start(self) -> None:
        """Listen. Raises CannotListenError."""
        await self._server.start()
        self.ready = True

    async def stop(self) -> None:
        """Take no new calls, let the running ones end."""
        self.ready = False
        await self._server.stop(_GRACE)
