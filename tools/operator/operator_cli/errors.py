"""What goes wrong, as one line for a person and as data for a program."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2

_DETAILS = "grpc-status-details-bin"
_MEANINGS = {
    grpc.StatusCode.UNAVAILABLE: "layanan tidak menjawab; apakah Kentongan menyala? (make status)",
    grpc.StatusCode.DEADLINE_EXCEEDED: "layanan tidak menjawab pada waktunya",
    grpc.StatusCode.UNIMPLEMENTED: "layanan tidak mengenal perintah itu",
}


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field that is wrong."""

    field: str
    message: str


class CliError(Exception):
    """Ends the command with status 1. `code` is a word for programs."""

    def __init__(self, message: str, code: str = "ERROR", fields: Sequence[FieldError] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.fields = tuple(fields)

    def line(self) -> str:
        """The error in one line."""
        fields = "; ".join(f"{each.field}: {each.message}" for each in self.fields)
        whole = f"{self.message} ({fields})" if fields else self.message
        return " ".join(whole.split())

    def data(self) -> dict[str, object]:
        """The error for `--json`."""
        fields = [{"field": each.field, "message": each.message} for each in self.fields]
        return {"error": {"code": self.code, "message": self.message, "fields": fields}}


def from_grpc(error: Any) -> CliError:
    """Read what a service answered (a grpc.RpcError, which is a grpc.Call too, though its stubs deny it)."""
    code = error.code()
    said = error.details() or ""
    # A service that answers itself says why with details; without them nobody answered.
    fields = _fields(error)
    text = _MEANINGS.get(code, said) if not _has_details(error) else said
    return CliError(f"{code.name}: {text or said}", code.name, fields)


def _has_details(error: Any) -> bool:
    return any(key == _DETAILS for key, _ in error.trailing_metadata() or ())


def _fields(error: Any) -> list[FieldError]:
    found: list[FieldError] = []
    for key, value in error.trailing_metadata() or ():
        if key == _DETAILS and isinstance(value, bytes):
            found += _violations(value)
    return found


def _violations(value: bytes) -> list[FieldError]:
    bad = error_details_pb2.BadRequest()
    try:
        for detail in status_pb2.Status.FromString(value).details:
            if detail.Unpack(bad):
                return [FieldError(each.field, each.description) for each in bad.field_violations]
    except DecodeError:
        return []
    return []
