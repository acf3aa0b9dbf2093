"""One thing to do, and what became of it."""

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from chassis.kernel.aggregate import Aggregate
from chassis.kernel.work import Timer, Work

T = TypeVar("T")

Need = tuple[type[Aggregate], UUID]
"""An aggregate that a step will ask for."""

Look = tuple[type[Aggregate], str, Hashable]
"""A look-up by index that a step will ask for: kind, index, value."""


@dataclass(frozen=True, slots=True)
class Idempotency(Generic[T]):
    """The caller's key of a creating command: the first answer is kept and given again.

    `digest` is a hash of the request; the same key with another digest is refused (Conflict, field
    `idempotency_key`). `dump` and `load` turn the handler's answer into bytes and back.
    """

    key: str
    method: str
    digest: bytes
    dump: Callable[[T], bytes]
    load: Callable[[bytes], T]


@dataclass(slots=True)  # not frozen: that would triple the time to make one, and each event makes one
class Step(Generic[T]):
    """A handler to run and what it will touch.

    `id` is the event's id for the inbox (None: the step is not deduplicated by it). `needs` and `finds` are loaded
    before the handlers run; what is missing in them costs a second round, nothing else. `key` is the ordering key,
    for the caller's own use. `timer` is the due timer this step fires: it runs only while that timer still stands.
    """

    id: UUID | None
    handle: Callable[[Work], Awaitable[T]]
    needs: tuple[Need, ...] = ()
    key: str = ""
    idempotency: Idempotency[T] | None = None
    traceparent: str | None = None
    finds: tuple[Look, ...] = ()
    timer: Timer | None = None


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """Committed; `answer` is what the handler returned."""

    answer: T


@dataclass(frozen=True, slots=True)
class Repeated:
    """Done before (its id is in the inbox), or its timer no longer stands. Nothing happened now."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Nothing of this step is stored. The error's class says what to do (`chassis.kernel.errors`)."""

    error: Exception


Outcome = Done[T] | Repeated | Failed
