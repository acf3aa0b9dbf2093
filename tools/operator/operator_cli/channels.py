"""Connections to the services, checked against the stack's own authority."""

from collections.abc import Iterator
from contextlib import contextmanager

import grpc

from operator_cli.errors import from_grpc
from operator_cli.home import Home

TIMEOUT_S = 30.0


@contextmanager
def connected(home: Home, service: str) -> Iterator[grpc.Channel]:
    """A channel to a service; what it refuses becomes a CliError."""
    address = home.address(f"{service}.grpc")
    credentials = grpc.ssl_channel_credentials(home.secret("ca.pem"))
    with grpc.secure_channel(address, credentials) as channel:
        try:
            yield channel
        except grpc.RpcError as error:
            raise from_grpc(error) from error


def bearer(token: str) -> tuple[tuple[str, str], ...]:
    """The metadata that carries a token."""
    return (("authorization", f"Bearer {token}"),)
