"""The trace that the running task belongs to, as a W3C traceparent (`00-<trace>-<span>-<flags>`).

It is text, because text is what the outbox row, the Kafka header and the gRPC metadata hold; and it is here also when
no spans are recorded, so that the log lines of one story can be joined.
"""

import os
import re
from contextvars import ContextVar, Token

from opentelemetry.trace import SpanContext, TraceFlags

_CURRENT: ContextVar[str | None] = ContextVar("traceparent", default=None)
_VALID = re.compile(r"[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def current_traceparent() -> str | None:
    """The traceparent to send along with whatever leaves this task; None outside of any trace."""
    return _CURRENT.get()


def current_ids() -> tuple[str, str]:
    """Trace id and span id of the running task, both empty outside of any trace."""
    current = _CURRENT.get()
    return (current[3:35], current[36:52]) if current else ("", "")


def enter(traceparent: str | None) -> "Token[str | None]":
    """Let the running task belong to this trace. Give the token to `leave`."""
    return _CURRENT.set(traceparent)


def leave(token: "Token[str | None]") -> None:
    """Back to the trace before."""
    _CURRENT.reset(token)


def new_traceparent() -> str:
    """A trace nobody records: it only joins log lines."""
    return f"00-{os.urandom(16).hex()}-{os.urandom(8).hex()}-00"


def valid(traceparent: str | None) -> str | None:
    """The traceparent, or None when it is none: what comes from outside is not trusted to be well formed."""
    return traceparent if traceparent and _VALID.fullmatch(traceparent) else None


def to_context(traceparent: str) -> SpanContext:
    """What OpenTelemetry calls it."""
    flags = TraceFlags(int(traceparent[53:55], 16))
    return SpanContext(int(traceparent[3:35], 16), int(traceparent[36:52], 16), is_remote=True, trace_flags=flags)


def of_context(context: SpanContext) -> str:
    """The traceparent of an OpenTelemetry span."""
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"
