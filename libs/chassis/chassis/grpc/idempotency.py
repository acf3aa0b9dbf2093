"""From a creating request to the idempotency of its step."""

import hashlib
from typing import Protocol, TypeVar

from google.protobuf.message import Message

from chassis.grpc.caller import caller, method
from chassis.postgres.step import Idempotency

A = TypeVar("A", bound=Message)


class Creating(Protocol):
    """A request that creates: `string idempotency_key = 1`."""

    idempotency_key: str

    def SerializeToString(self, *, deterministic: bool = ...) -> bytes:  # noqa: N802 - protobuf's name
        """The request's bytes."""


def idempotent(request: Creating, answer: type[A]) -> Idempotency[A]:
    """Make the running call's step idempotent by the request's key; its handler must return an `answer` message.

    Keys of different callers never meet: nobody reads another's answer by guessing a key.
    """
    return Idempotency(
        key=f"{caller().contact_id}:{request.idempotency_key}",
        method=method(),
        digest=hashlib.sha256(request.SerializeToString(deterministic=True)).digest(),
        dump=lambda message: message.SerializeToString(),
        load=answer.FromString,
    )
