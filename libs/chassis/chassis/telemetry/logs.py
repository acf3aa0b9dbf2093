"""JSON lines on stdout: time, level, service, event, trace, then the event's own keys. Ours and the libraries' alike.

log = structlog.get_logger(__name__)
log.info("offer_expired", referral_id=referral.id)
"""

import logging
import sys
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any, TextIO

import orjson
import structlog

from chassis.telemetry.faults import tell
from chassis.telemetry.redaction import MASK, is_personal, redact, redact_text
from chassis.telemetry.traceparent import current_ids

Event = MutableMapping[str, Any]
_INTERNAL = ("_record", "_from_structlog")


def set_up_logs(service: str, level: str = "info", stream: TextIO | None = None) -> None:
    """Send every log line of this process to `stream` (stdout by default), once at start."""
    shared: list[Any] = [_Line(service)]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=shared))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    logging.captureWarnings(capture=True)


class _Line:
    """The last processor: orders, redacts and writes one line."""

    def __init__(self, service: str) -> None:
        self._service = service

    def __call__(self, _logger: Any, method: str, event: Event) -> str:
        record: logging.LogRecord | None = event.pop("_record", None)
        line = self._head(method, event, record)
        fault = _fault(event.pop("exc_info", None), record)
        for key, value in event.items():
            if key not in _INTERNAL:
                line[key] = MASK if is_personal(key) else redact(value)
        if fault is not None:
            line["fault"] = tell(fault)
        return orjson.dumps(line, default=str).decode()

    def _head(self, method: str, event: Event, record: logging.LogRecord | None) -> dict[str, Any]:
        trace_id, span_id = current_ids()
        line: dict[str, Any] = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower() if record else method,
            "service": self._service,
            "event": redact_text(str(event.pop("event", ""))),
        }
        if trace_id:
            line |= {"trace_id": trace_id, "span_id": span_id}
        line["logger"] = event.pop("logger", None) or (record.name if record else "")
        return line


def _fault(exc_info: Any, record: logging.LogRecord | None) -> BaseException | None:
    exc_info = exc_info or (record.exc_info if record else None)
    if isinstance(exc_info, BaseException):
        return exc_info
    if isinstance(exc_info, tuple):
        return exc_info[1] if isinstance(exc_info[1], BaseException) else None
    return sys.exc_info()[1] if exc_info else None
