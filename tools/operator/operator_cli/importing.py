"""Files on their way to the notifier: who is away for a moment is waited for, and refused rows end with status 1."""

import time
from typing import Any

import grpc

from operator_cli.asking import Ask
from operator_cli.errors import CliError

PATIENCE_S = 60.0
PAUSE_S = 0.5
AWAY = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)


def patiently(ask: Ask, method: Any, request: Any) -> Any:
    """Call, and call again while nobody answers: the request's key makes it one. Raises what the service refuses."""
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            return ask(method, request)
        except grpc.RpcError as error:
            if error.code() not in AWAY or time.monotonic() > until:
                raise
        time.sleep(PAUSE_S)


def refused(errors: int, rows: int) -> None:
    """End with status 1 where rows were refused. Raises CliError."""
    if errors:
        raise CliError(f"{errors} dari {rows} baris ditolak", "ROWS_REFUSED")
