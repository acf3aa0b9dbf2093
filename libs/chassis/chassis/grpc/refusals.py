"""Errors to gRPC statuses with google.rpc details, in one place. What is no error of ours tells nothing outside.

| error | code | details |
|---|---|---|
| protovalidate's violations | INVALID_ARGUMENT | BadRequest: field, description, reason |
| NotFound | NOT_FOUND | BadRequest, ErrorInfo |
| Conflict | FAILED_PRECONDITION, or ALREADY_EXISTS for the rule already_exists | BadRequest, ErrorInfo |
| Denied | PERMISSION_DENIED | BadRequest, ErrorInfo |
| any other Reject, Poison | INVALID_ARGUMENT | BadRequest, ErrorInfo |
| Transient | UNAVAILABLE | RetryInfo |
| NotImplementedError | UNIMPLEMENTED | - |
| anything else | INTERNAL, without text | - |
"""

from collections.abc import Sequence
from typing import Any, cast

import grpc
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status
from protovalidate import Violation

from chassis.kernel.errors import Conflict, Denied, NotFound, Poison, Reject, Transient

RETRY_AFTER_S = 1
ALREADY_EXISTS = "already_exists"


def status_of(error: BaseException, domain: str) -> grpc.Status | None:
    """The status that tells `error`, or None when it is none of ours and must not be told."""
    if isinstance(error, Reject):
        return _reject(error, domain)
    if isinstance(error, Poison):
        return status(grpc.StatusCode.INVALID_ARGUMENT, error.reason, [_info(error.reason, domain)])
    if isinstance(error, Transient):
        retry = error_details_pb2.RetryInfo(retry_delay=Duration(seconds=RETRY_AFTER_S))
        return status(grpc.StatusCode.UNAVAILABLE, "sedang tidak tersedia, coba lagi sebentar", [retry])
    return None


def status_of_violations(violations: Sequence[Violation]) -> grpc.Status:
    """The status that names every field that breaks a rule of the contract."""
    found = [
        error_details_pb2.BadRequest.FieldViolation(
            field=_path(each), description=each.proto.message, reason=each.proto.rule_id
        )
        for each in violations
    ]
    fields = ", ".join(dict.fromkeys(each.field for each in found))
    bad = error_details_pb2.BadRequest(field_violations=found)
    return status(grpc.StatusCode.INVALID_ARGUMENT, f"tidak sesuai kontrak: {fields}", [bad])


def refusal(code: grpc.StatusCode, message: str) -> grpc.Status:
    """A status without details."""
    return status(code, message, ())


def status(code: grpc.StatusCode, message: str, details: Sequence[Message]) -> grpc.Status:
    """A status with its details packed as google.rpc wants them."""
    whole = status_pb2.Status(code=code.value[0], message=message)
    for each in details:
        whole.details.add().Pack(each)
    return cast("grpc.Status", rpc_status.to_status(whole))


def _reject(error: Reject, domain: str) -> grpc.Status:
    code = _code(error)
    violation = error_details_pb2.BadRequest.FieldViolation(
        field=error.field, description=error.message, reason=error.rule
    )
    bad = error_details_pb2.BadRequest(field_violations=[violation])
    return status(code, error.message, [bad, _info(error.rule, domain, field=error.field)])


def _code(error: Reject) -> grpc.StatusCode:
    if isinstance(error, NotFound):
        return grpc.StatusCode.NOT_FOUND
    if isinstance(error, Denied):
        return grpc.StatusCode.PERMISSION_DENIED
    if error.rule == ALREADY_EXISTS:
        return grpc.StatusCode.ALREADY_EXISTS
    return grpc.StatusCode.FAILED_PRECONDITION if isinstance(error, Conflict) else grpc.StatusCode.INVALID_ARGUMENT


def _info(reason: str, domain: str, **metadata: str) -> Message:
    info: Message = error_details_pb2.ErrorInfo(reason=reason, domain=domain, metadata=metadata)
    return info


def _path(violation: Violation) -> str:
    field: Any = violation.proto.field
    return "".join(_element(each, number) for number, each in enumerate(field.elements)) if field else ""


def _element(each: Any, number: int) -> str:
    dot = "." if number else ""
    subscript = "" if each.subscript is None else f"[{each.subscript.value}]"
    return f"{dot}{each.field_name}{subscript}"
