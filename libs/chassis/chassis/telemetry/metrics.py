"""Metrics in Prometheus' format. A name asked for twice is one metric, so a test may start a service twice."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.metrics import MetricWrapperBase

M = TypeVar("M", bound=MetricWrapperBase)

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Buckets for what a person or a service waits for."""

_MADE: dict[tuple[int, str], MetricWrapperBase] = {}


def counter(name: str, doc: str, labels: Sequence[str] = (), registry: CollectorRegistry = REGISTRY) -> Counter:
    """A count that only grows. `name` ends in _total; no label names a person, phone, code or village."""
    return _once(registry, name, Counter, lambda: Counter(name, doc, labels, registry=registry))


def gauge(name: str, doc: str, labels: Sequence[str] = (), registry: CollectorRegistry = REGISTRY) -> Gauge:
    """A value that goes up and down."""
    return _once(registry, name, Gauge, lambda: Gauge(name, doc, labels, registry=registry))


def histogram(
    name: str,
    doc: str,
    labels: Sequence[str] = (),
    buckets: Sequence[float] = SECONDS,
    registry: CollectorRegistry = REGISTRY,
) -> Histogram:
    """A distribution, in seconds unless `buckets` says otherwise."""
    return _once(registry, name, Histogram, lambda: Histogram(name, doc, labels, registry=registry, buckets=buckets))


def _once(registry: CollectorRegistry, name: str, kind: type[M], make: Callable[[], M]) -> M:
    made = _MADE.get((id(registry), name))
    if made is None:
        made = _MADE[id(registry), name] = make()
    if not isinstance(made, kind):
        raise TypeError(f"the metric {name} is a {type(made).__name__} already")
    return made
