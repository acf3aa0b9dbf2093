"""Brings the rows of a file to the notifier, which remembers how far it is: what breaks off goes on from there."""

import time
from collections.abc import Callable, Iterator
from typing import Any, Protocol, TypeVar

import grpc

from operator_cli.channels import TIMEOUT_S, bearer
from operator_cli.errors import CliError
from operator_cli.home import Home
from operator_cli.identity import operator_token

PATIENCE_S = 60.0
PAUSE_S = 0.5
AWAY = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)
A = TypeVar("A")


class Batches(Protocol):
    """A table's rows in batches."""

    rows: int

    def batches(self, size: int, first: int) -> Iterator[tuple[int, list[dict[str, str]]]]:
        """Rows from number `first` on, each batch with the number of its first row."""


def ask(home: Home, method: Callable[..., A], request: Any) -> A:
    """Call, and call again while nobody answers: the request's key makes it one. Raises what the service refuses."""
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            token = bearer(operator_token(home))  # a long import outlives a token
            return method(request, metadata=token, timeout=TIMEOUT_S, wait_for_ready=True)
        except grpc.RpcError as error:
            if error.code() not in AWAY or time.monotonic() > until:
                raise
        time.sleep(PAUSE_S)


def refused(errors: int, rows: int) -> None:
    """End with status 1 where rows were refused. Raises CliError."""
    if errors:
        raise CliError(f"{errors} dari {rows} baris ditolak", "ROWS_REFUSED")
