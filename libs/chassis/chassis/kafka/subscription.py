"""What a service says about a topic it reads."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from google.protobuf.message import Message

from chassis.kafka.headers import Envelope

M = TypeVar("M", bound=Message)


@dataclass(frozen=True, slots=True)
class Subscription(Generic[M]):
    """Read `topic`, whose values are of type `message`, and turn each into a step for the boundary.

    `to_step` sees a message that was decoded and keeps the contract's rules. It returns None for a fact the service
    ignores. It does no I/O; raising Poison sends the record to the dead letters at once. Give the step
    `id=envelope.event_id`: the inbox knows redeliveries by it.
    """

    topic: str
    message: type[M]
    to_step: Callable[[M, Envelope], Any | None]
