"""Asks the notifier as the operator."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import grpc

from operator_cli.channels import TIMEOUT_S, bearer, connected
from operator_cli.errors import CliError, from_grpc
from operator_cli.home import from_environment
from operator_cli.identity import operator_token

S = TypeVar("S")
Ask = Callable[[Any, Any], Any]
"""Calls a method of a stub with a request."""


@contextmanager
def asking(stub: Callable[[grpc.Channel], S]) -> Iterator[tuple[S, Ask]]:
    """Give the stub of one of the notifier's services and what calls its methods. Refusals become CliError."""
    home = from_environment()
    with connected(home, "notifier") as channel:

        def ask(method: Any, request: Any) -> Any:
            # A token of its own for each call: whoever follows an alert asks for hours.
            return method(request, metadata=bearer(operator_token(home)), timeout=TIMEOUT_S)

        yield stub(channel), ask


@contextmanager
def unless_there(text: str) -> Iterator[None]:
    """Say so in these words when what is asked for is not there."""
    try:
        yield
    except grpc.RpcError as error:
        if from_grpc(error).code == "NOT_FOUND":
            raise CliError(text, "NOT_FOUND") from None
        raise
