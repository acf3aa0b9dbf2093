"""The one interceptor: puts each method's gate before its handler, for calls of all four shapes."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeAlias

import grpc
from protovalidate import Validator

from chassis.auth.tokens import Verifier
from chassis.grpc.allowed import allowed
from chassis.grpc.gate import Context, Gate

Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
DEADLINE_S = 20.0
"""Seconds that a call answered with one message may take when its caller sets no deadline."""


class GateInterceptor(grpc.aio.ServerInterceptor):
    """Guards every method of a server. The guarded handler of a method is made at its first call and kept."""

    def __init__(self, verifier: Verifier, deadline_s: float = DEADLINE_S) -> None:
        self._verifier = verifier
        self._deadline_s = deadline_s
        self._validator = Validator()
        self._guarded: dict[str, Handler] = {}

    async def intercept_service(
        self,
        continuation: "Callable[[grpc.HandlerCallDetails], Awaitable[Handler | None]]",
        handler_call_details: grpc.HandlerCallDetails,
    ) -> "Handler | None":
        """Give the guarded handler of the method called."""
        path = handler_call_details.method
        guarded = self._guarded.get(path)
        if guarded is not None:
            return guarded
        handler = await continuation(handler_call_details)
        if handler is None:
            return handler  # grpc answers UNIMPLEMENTED
        gate = Gate(path, allowed(path), self._verifier, self._validator)
        guarded = self._guarded[path] = guard(handler, gate, self._deadline_s)
        return guarded


def guard(handler: Handler, gate: Gate, deadline_s: float) -> Handler:
    """Put the gate before the handler."""
    parsers = (handler.request_deserializer, handler.response_serializer)
    if handler.unary_unary:
        return grpc.unary_unary_rpc_method_handler(_one(handler.unary_unary, gate, deadline_s, gate_one), *parsers)
    if handler.stream_unary:
        return grpc.stream_unary_rpc_method_handler(_one(handler.stream_unary, gate, deadline_s, gate_many), *parsers)
    if handler.unary_stream:
        return grpc.unary_stream_rpc_method_handler(_many(handler.unary_stream, gate, gate_one), *parsers)
    return grpc.stream_stream_rpc_method_handler(_many(handler.stream_stream, gate, gate_many), *parsers)


def gate_one(gate: Gate, request: Any) -> Any:
    """Check the only request."""
    gate.check(request)
    return request


def gate_many(gate: Gate, requests: AsyncIterator[Any]) -> AsyncIterator[Any]:
    """Check the requests one after another."""
    return gate.checked(requests)


def _one(behaviour: Any, gate: Gate, deadline_s: float, take: Callable[[Gate, Any], Any]) -> Any:
    """Guard a method that answers with one message."""

    async def call(request: Any, context: Context) -> Any:
        with gate.passing(context) as passage:
            try:
                gate.admit(passage)
                taken = take(gate, request)
                if context.time_remaining() is not None:
                    return await behaviour(taken, context)
                async with asyncio.timeout(deadline_s):
                    return await behaviour(taken, context)
            except BaseException as error:  # noqa: BLE001 - whatever it is, the gate says what the client may know
                await gate.refuse(error, context, passage)

    return call


def _many(behaviour: Any, gate: Gate, take: Callable[[Gate, Any], Any]) -> Any:
    """Guard a method that answers with a stream; it ends with the caller's deadline or token."""

    async def call(request: Any, context: Context) -> AsyncIterator[Any]:
        with gate.passing(context) as passage:
            try:
                gate.admit(passage)
                answers = behaviour(take(gate, request), context)
                if inspect.isawaitable(answers):  # it writes through the context
                    async with gate.while_it_holds(passage):
                        await answers
                    return
                async for answer in gate.lasting(answers, passage):
                    yield answer
            except GeneratorExit:
                raise
            except BaseException as error:  # noqa: BLE001 - as above
                await gate.refuse(error, context, passage)

    return call
