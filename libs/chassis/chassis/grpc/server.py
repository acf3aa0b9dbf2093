"""A gRPC server as every service runs it: TLS, health, reflection, limits, and the gate before every method."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio as health
from grpc_reflection.v1alpha import reflection

from chassis.auth.tokens import Verifier
from chassis.grpc.interceptor import DEADLINE_S, GateInterceptor
from chassis.settings import Address, GrpcSettings

Servicers = Iterable[tuple[Callable[[Any, Any], None], object]]
"""Pairs of `add_…Servicer_to_server` and a servicer."""

_MEGABYTE = 1 << 20
OPTIONS: Sequence[tuple[str, int]] = (
    ("grpc.so_reuseport", 0),  # a taken port is an error, not a second server that gets half of the calls
    ("grpc.max_receive_message_length", 4 * _MEGABYTE),
    ("grpc.max_send_message_length", 4 * _MEGABYTE),
    ("grpc.max_metadata_size", 16 * 1024),
    ("grpc.max_concurrent_streams", 1024),
    ("grpc.max_connection_age_ms", 300_000),  # clients come back through the balancer and find new pods
    ("grpc.max_connection_age_grace_ms", 30_000),
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 20_000),
    ("grpc.http2.max_ping_strikes", 2),
)


class CannotListenError(OSError):
    """The address is taken or not ours."""


class GrpcServer:
    """Serves the servicers until stopped. `port` is the port in use (of interest when 0 was asked for)."""

    def __init__(
        self,
        servicers: Servicers,
        address: Address,
        credentials: grpc.ServerCredentials,
        verifier: Verifier,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        self._servicers = servicers
        self._address = address
        self._credentials = credentials
        self._interceptor = GateInterceptor(verifier, deadline_s)
        self._health = health.HealthServicer()
        self._server: grpc.aio.Server | None = None
        self.port = address.port

    @classmethod
    def from_settings(cls, servicers: Servicers, settings: GrpcSettings) -> "GrpcServer":
        """Make it as the environment says. Raises OSError or ValueError for a file that is not what it should be."""
        credentials = server_credentials(settings.tls_cert, settings.tls_key)
        return cls(servicers, settings.address, credentials, Verifier.from_file(settings.jwks))

    async def start(self) -> None:
        """Listen. Raises CannotListenError."""
        server = grpc.aio.server(interceptors=[self._interceptor], options=OPTIONS)
        names = _Names(server)
        for add, servicer in self._servicers:
            add(servicer, names)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, names)
        reflection.enable_server_reflection((*names.seen, reflection.SERVICE_NAME), server)
        try:
            self.port = server.add_secure_port(str(self._address), self._credentials)
        except RuntimeError:
            raise CannotListenError(f"gRPC cannot listen on {self._address}: the port is taken") from None
        await server.start()
        self._server = server
        await self.set_ready(ready=True)

    async def set_ready(self, *, ready: bool) -> None:
        """Tell the health checks whether to send calls here."""
        states = health_pb2.HealthCheckResponse
        await self._health.set("", states.SERVING if ready else states.NOT_SERVING)

    async def stop(self, grace_s: float = 3.0) -> None:
        """Take no new calls, let the running ones end within `grace_s` seconds, then cut them."""
        if self._server is not None:
            await self._health.enter_graceful_shutdown()
            await self._server.stop(grace_s)
            self._server = None


class _Names:
    """Stands before the server while servicers are added, to learn their names for reflection."""

    def __init__(self, server: grpc.aio.Server) -> None:
        self._server = server
        self.seen: list[str] = []

    def add_generic_rpc_handlers(self, handlers: Sequence[Any]) -> None:
        self.seen += [handler.service_name() for handler in handlers]
        self._server.add_generic_rpc_handlers(handlers)

    def add_registered_method_handlers(self, service: str, handlers: dict[str, Any]) -> None:
        self._server.add_registered_method_handlers(service, handlers)


def server_credentials(certificate: Path, key: Path) -> grpc.ServerCredentials:
    """TLS with the certificate chain and its private key (PEM). Raises OSError."""
    return grpc.ssl_server_credentials([(key.read_bytes(), certificate.read_bytes())])
