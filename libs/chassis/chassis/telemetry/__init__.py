"""Logs, traces and metrics (see README.md)."""

from chassis.telemetry.logs import set_up_logs
from chassis.telemetry.metrics import SECONDS, counter, gauge, histogram
from chassis.telemetry.traceparent import current_ids, current_traceparent
from chassis.telemetry.traces import (
    collected_spans,
    recording,
    set_up_traces,
    shut_down_traces,
    span,
    span_from,
    started,
)

__all__ = [
    "SECONDS",
    "collected_spans",
    "counter",
    "current_ids",
    "current_traceparent",
    "gauge",
    "histogram",
    "recording",
    "set_up_logs",
    "set_up_traces",
    "shut_down_traces",
    "span",
    "span_from",
    "started",
]
