"""The Faust app under a lane: what it is made of, and how all of it ends."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import faust
import structlog
from faust.app.base import BootStrategy

from chassis.kafka.security import Access
from chassis.kafka.transport import NoTables, Transport

COMMIT_INTERVAL = 0.3
SESSION_TIMEOUT, HEARTBEAT_INTERVAL = 6.0, 0.5
_NEVER = 86_400.0  # liveness is progress (chassis.kafka.progress), not the time since the last poll
_STOP_TIMEOUT = 1.5

_log = structlog.get_logger(__name__)


class _Boot(BootStrategy):
    """Only what reading needs: the relay has the one producer."""

    enable_kafka_producer = False
    enable_web = False
    enable_sensors = False


class _App(faust.App):
    BootStrategy = _Boot
    lane: Any

    def _create_directories(self) -> None:
        """No tables, so nothing on the disk."""


def make_app(
    access: Access, group: str, topics: Sequence[str], take: Callable[[Any], Awaitable[None]], max_batch: int
) -> Any:
    """Give an app that reads `topics` as a member of `group`; `take` gets its batches as an asynchronous iterator."""
    app = _App(
        group,
        loop=asyncio.get_running_loop(),
        **access.faust(),
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        table_standby_replicas=0,
        value_serializer="raw",
        key_serializer="raw",
        stream_wait_empty=False,
        consumer_auto_offset_reset="earliest",
        broker_commit_interval=COMMIT_INTERVAL,
        broker_session_timeout=SESSION_TIMEOUT,
        broker_rebalance_timeout=SESSION_TIMEOUT,
        broker_heartbeat_interval=HEARTBEAT_INTERVAL,
        broker_max_poll_records=max_batch,
        broker_max_poll_interval=_NEVER,
        TableManager=NoTables,
    )
    app.transport = Transport(app.conf.broker_consumer, app)
    app.lane = app.channel(value_type=None)
    for topic in topics:
        app.topics.add(app.topic(topic, value_type=bytes, value_serializer="raw", key_type=bytes))
    app.agent(app.lane, name=f"{group}-batches")(take)
    app.finalize()
    return app


async def stop_app(app: Any) -> None:
    """Stop it in order; what has not ended in time, for the broker may be gone, is given up and ends by itself."""
    stopping = asyncio.create_task(_stop(app), name="stop of the lane")
    try:
        if not (await asyncio.wait([stopping], timeout=_STOP_TIMEOUT))[0]:
            _log.warning("the reader was given up", group=app.conf.id)
    finally:
        stopping.cancel()
        _abandon(app)


async def _stop(app: Any) -> None:
    with contextlib.suppress(Exception):  # it is abandoned in any case
        await app.stop()


def _abandon(app: Any) -> None:
    """End what is left: Faust swallows a cancellation now and then, but all that runs in it looks at this event."""
    loop = asyncio.get_running_loop()
    for service in _services(app):
        with contextlib.suppress(RuntimeError):  # its thread has ended
            service._stopped_set()  # noqa: SLF001 - stop() does nothing where one is under way
        for future in list(service._futures):  # noqa: SLF001 - as above
            if future.get_loop() is loop:
                future.cancel()


def _services(app: Any) -> set[Any]:
    """The app and all that runs below it."""
    found: set[Any] = set()
    ahead = [app]
    while ahead:
        service = ahead.pop()
        if service not in found:
            found.add(service)
            ahead += [getattr(child, "data", child) for child in service.beacon.children]
    return found
