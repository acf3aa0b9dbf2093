"""Spans: set up once per process, off by default. While off, `span_from` only hands the traceparent on.

with span_from(traceparent, "notifier.submit_sm", {"lane": "urgent"}): ...
with span_from(None, "telponi.consume", links=traceparents_of_the_batch): ...
"""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import orjson
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanKind,
    Status,
    StatusCode,
    Tracer,
    set_span_in_context,
)

from chassis.telemetry.traceparent import (
    current_traceparent,
    enter,
    leave,
    new_traceparent,
    of_context,
    to_context,
    valid,
)

Attributes = Mapping[str, str | int | float | bool]


class _Tracing:
    """What this process does with its spans; one for the process, as OpenTelemetry's own provider is."""

    tracer: Tracer | None = None
    provider: TracerProvider | None = None


def set_up_traces(service: str, file: Path | None, share: float = 1.0) -> None:
    """Append spans to `file` as JSON lines; None records nothing. `share` of the traces begun here are recorded."""
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        provider = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(share)), resource=Resource({"service.name": service})
        )
        provider.add_span_processor(BatchSpanProcessor(_JsonLines(file)))
        _use(provider)


def shut_down_traces() -> None:
    """Write what is still in memory and record no more."""
    if _Tracing.provider is not None:
        _Tracing.provider.shutdown()
    _use(None)


@contextmanager
def collected_spans() -> Iterator[InMemorySpanExporter]:
    """Record every span in memory while the block runs: for tests. `get_finished_spans()` gives them."""
    before = _Tracing.provider
    memory = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(memory))
    _use(provider)
    try:
        yield memory
    finally:
        _use(before)


def recording() -> bool:
    """Say whether spans go anywhere: a hot path need not build attributes for nothing."""
    return _Tracing.tracer is not None


def span_from(
    traceparent: str | None,
    name: str,
    attributes: Attributes | None = None,
    *,
    kind: SpanKind = SpanKind.INTERNAL,
    links: Sequence[str | None] = (),
) -> AbstractContextManager[None]:
    """Run the block as a child of `traceparent`, or as the root of a new trace; an error in it marks the span.

    `links` are traceparents of things that led here without being the one parent (the events of a batch).
    """
    if _Tracing.tracer is None:
        return _HandedOn(traceparent)
    return _recorded(_Tracing.tracer, valid(traceparent), name, attributes, kind, links)


class _HandedOn:
    """Lets the task belong to a trace that nobody records; a class, for a generator costs several times as much."""

    __slots__ = ("_token", "_traceparent")

    def __init__(self, traceparent: str | None) -> None:
        self._traceparent = traceparent

    def __enter__(self) -> None:
        self._token = enter(valid(self._traceparent) or new_traceparent())

    def __exit__(self, *_: object) -> None:
        leave(self._token)


@contextmanager
def span(name: str, attributes: Attributes | None = None, *, kind: SpanKind = SpanKind.INTERNAL) -> Iterator[None]:
    """Run the block as a child of the trace the task is in."""
    with span_from(current_traceparent(), name, attributes, kind=kind):
        yield


class Started:
    """A span that is ended by hand: one of several things that are under way at the same time in one task."""

    __slots__ = ("_span",)

    def __init__(self, span: Span | None) -> None:
        self._span = span

    def end(self, **attributes: str | float | bool) -> None:
        """It is over; what is known only now."""
        if self._span is not None:
            self._span.set_attributes(attributes)
            self._span.end()


def started(
    traceparent: str | None, name: str, attributes: Attributes, *, kind: SpanKind = SpanKind.CLIENT
) -> Started:
    """Begin a child of `traceparent`, or a new trace, that no block runs in. While spans are off it does nothing."""
    if _Tracing.tracer is None:
        return Started(None)
    return Started(
        _Tracing.tracer.start_span(name, _child_of(valid(traceparent)), kind=kind, attributes=dict(attributes))
    )


@contextmanager
def _recorded(
    tracer: Tracer,
    parent: str | None,
    name: str,
    attributes: Attributes | None,
    kind: SpanKind,
    links: Iterable[str | None],
) -> Iterator[None]:
    linked = [Link(to_context(each)) for each in links if valid(each) and each]
    begun = tracer.start_span(name, _child_of(parent), kind=kind, attributes=dict(attributes or {}), links=linked)
    token = enter(of_context(begun.get_span_context()))
    try:
        yield
    except BaseException as error:
        begun.set_status(Status(StatusCode.ERROR, type(error).__name__))  # the class alone: a text may name people
        raise
    finally:
        leave(token)
        begun.end()


def _child_of(parent: str | None) -> Context | None:
    return set_span_in_context(NonRecordingSpan(to_context(parent))) if parent else None


def _use(provider: TracerProvider | None) -> None:
    _Tracing.provider = provider
    _Tracing.tracer = provider.get_tracer("chassis") if provider else None


class _JsonLines(SpanExporter):
    """Appends a line per span to a file that several processes may share."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        lines = b"".join(orjson.dumps(_as_json(each)) + b"\n" for each in spans)
        with self._lock, self._file.open("ab", buffering=0) as file:
            file.write(lines)
        return SpanExportResult.SUCCESS


def _as_json(each: ReadableSpan) -> dict[str, object]:
    context = each.context
    return {
        "trace_id": f"{context.trace_id:032x}" if context else "",
        "span_id": f"{context.span_id:016x}" if context else "",
        "parent_id": f"{each.parent.span_id:016x}" if each.parent else "",
        "service": each.resource.attributes.get("service.name", ""),
        "name": each.name,
        "kind": each.kind.name.lower(),
        "start_ns": each.start_time,
        "end_ns": each.end_time,
        "status": each.status.status_code.name.lower(),
        "error": each.status.description or "",
        "attributes": dict(each.attributes or {}),
        "links": [of_context(link.context) for link in each.links],
    }
