"""What every call of a method passes once: token, role, contract; and what every error becomes on its way out."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from math import inf
from time import perf_counter
from typing import Any, NoReturn

import grpc
import structlog
from google.protobuf.message import Message
from grpc.aio import AbortError, ServicerContext
from opentelemetry.trace import SpanKind
from protovalidate import Validator

from chassis.auth.grants import Caller
from chassis.auth.tokens import InvalidToken, Verifier
from chassis.grpc.allowed import Allowed
from chassis.grpc.caller import CALLER, METHOD
from chassis.grpc.metrics import Calls
from chassis.grpc.refusals import refusal, status_of, status_of_violations
from chassis.kernel.errors import Transient
from chassis.telemetry.traces import span_from

log = structlog.get_logger(__name__)
Context = ServicerContext[Any, Any]
_BEARER = "Bearer "
_OK = grpc.StatusCode.OK
_UNAUTHENTICATED = grpc.StatusCode.UNAUTHENTICATED
_INTERNAL = refusal(grpc.StatusCode.INTERNAL, "kesalahan di dalam; sudah dicatat")
_UNSERVED = refusal(grpc.StatusCode.UNIMPLEMENTED, "belum dilayani")
_LATE = refusal(grpc.StatusCode.DEADLINE_EXCEEDED, "tidak selesai pada waktunya")


class RefusedError(Exception):
    """The gate refuses the call with this status."""

    def __init__(self, status: grpc.Status) -> None:
        super().__init__(status.details)
        self.status = status


class Gate:
    """The gate of one method: whatever is the same for all its calls is worked out when it is made."""

    def __init__(self, path: str, allowed: Allowed, verifier: Verifier, validator: Validator) -> None:
        self._path = path
        self._name = path.lstrip("/")
        self._domain = self._name.partition("/")[0]
        self._allowed = allowed
        self._verifier = verifier
        self._validator = validator
        self._calls = Calls(self._name)

    @contextmanager
    def passing(self, context: Context) -> Iterator["Passage"]:
        """Count the call and let it belong to the trace it came with."""
        passage = Passage(perf_counter(), dict(context.invocation_metadata() or ()))
        METHOD.set(self._path)
        try:
            with span_from(passage.metadata.get("traceparent"), self._name, kind=SpanKind.SERVER):
                yield passage
        finally:
            self._calls.answered(passage.code, passage.begun)

    def admit(self, passage: "Passage") -> None:
        """Check token and role. Raises RefusedError."""
        authorization = passage.metadata.get("authorization", "")
        if self._allowed.anyone and not authorization:
            return
        try:
            caller = self._verifier.verify(authorization.removeprefix(_BEARER))
        except InvalidToken as error:
            text = str(error) if authorization else "no token"
            raise RefusedError(refusal(_UNAUTHENTICATED, f"token ditolak: {text}")) from None
        if not (self._allowed.anyone or caller.has_role(self._allowed.roles)):
            text = "peran Anda tidak boleh memanggil ini"
            raise RefusedError(refusal(grpc.StatusCode.PERMISSION_DENIED, text))
        CALLER.set(caller)
        passage.caller = caller

    async def lasting(self, answers: AsyncIterator[Message], passage: "Passage") -> AsyncIterator[Message]:
        """Give a stream's answers while the token holds: it may end before the stream does. Raises RefusedError."""
        while True:
            async with self.while_it_holds(passage):
                try:
                    answer = await anext(answers)
                except StopAsyncIteration:
                    return
            yield answer

    @asynccontextmanager
    async def while_it_holds(self, passage: "Passage") -> AsyncIterator[None]:
        """End the block with the token. Raises RefusedError."""
        left = self._verifier.left(passage.caller) if passage.caller else inf
        limit = asyncio.timeout(None if left == inf else left)
        try:
            async with limit:
                yield
        except TimeoutError:
            if not limit.expired():
                raise  # it is the method's
            raise RefusedError(refusal(_UNAUTHENTICATED, "token ditolak: the token has expired")) from None

    def check(self, request: Message) -> None:
        """Check the request against its contract. Raises RefusedError."""
        violations = self._validator.collect_violations(request)
        if violations:
            raise RefusedError(status_of_violations(violations))

    async def checked(self, requests: AsyncIterator[Message]) -> AsyncIterator[Message]:
        """Check every request of a stream as it comes."""
        async for request in requests:
            self.check(request)
            yield request

    async def refuse(self, error: BaseException, context: Context, passage: "Passage") -> NoReturn:
        """End the call with the status that tells `error`, which is all the client learns."""
        if isinstance(error, AbortError):
            passage.code = _code(context.code())
            raise error
        if isinstance(error, asyncio.CancelledError):
            passage.code = grpc.StatusCode.CANCELLED
            raise error
        status = self._tell(error)
        passage.code = status.code
        await context.abort_with_status(status)

    def _tell(self, error: BaseException) -> grpc.Status:
        if isinstance(error, RefusedError):
            return error.status
        status = status_of(error, self._domain)
        if isinstance(error, NotImplementedError):
            return _UNSERVED  # what a generated servicer raises for a method that nobody wrote
        if status is None:
            log.error("call_failed", method=self._name, exc_info=error)
            return _LATE if isinstance(error, TimeoutError) else _INTERNAL
        if isinstance(error, Transient):
            log.warning("call_postponed", method=self._name, exc_info=error)
        return status


class Passage:
    """One call on its way through the gate."""

    __slots__ = ("begun", "caller", "code", "metadata")

    def __init__(self, begun: float, metadata: dict[str, Any]) -> None:
        self.begun = begun
        self.metadata = metadata
        self.code: grpc.StatusCode = _OK
        self.caller: Caller | None = None


_BY_NUMBER = {code.value[0]: code for code in grpc.StatusCode}


def _code(found: Any) -> grpc.StatusCode:
    """grpc.aio gives the code of an aborted call as a number or as the enum's member."""
    return found if isinstance(found, grpc.StatusCode) else _BY_NUMBER.get(found, grpc.StatusCode.UNKNOWN)
