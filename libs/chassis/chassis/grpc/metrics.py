"""What the gRPC server counts."""

from time import perf_counter

import grpc
from prometheus_client import Counter, Histogram

from chassis.telemetry.metrics import counter, histogram

REQUESTS = counter("kentongan_grpc_requests_total", "Calls answered, by method and status code.", ("method", "code"))
"""Calls answered, by method and status code."""
LATENCY = histogram("kentongan_grpc_seconds", "Seconds from a call's arrival to its answer, by method.", ("method",))
"""Seconds from a call's arrival to its answer, by method."""


class Calls:
    """The counts of one method. Looking a labelled child up costs more than counting, so they are kept."""

    __slots__ = ("_by_code", "_method", "_seconds")

    def __init__(self, method: str) -> None:
        self._method = method
        self._by_code: dict[str, Counter] = {}
        self._seconds: Histogram = LATENCY.labels(method)

    def answered(self, code: grpc.StatusCode, begun: float) -> None:
        """Count a call that began at `begun` (perf_counter) and ended with `code`."""
        child = self._by_code.get(code.name)
        if child is None:
            child = self._by_code[code.name] = REQUESTS.labels(self._method, code.name)
        child.inc()
        self._seconds.observe(perf_counter() - begun)
