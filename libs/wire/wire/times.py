"""Times into messages and out of them."""

from datetime import UTC, datetime, timedelta

from google.protobuf.timestamp_pb2 import Timestamp

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def put_time(into: Timestamp, at: datetime) -> None:
    """Write an aware time. As `Timestamp.FromDatetime`, which takes ten times as long."""
    since = at - _EPOCH
    into.seconds = since.days * 86_400 + since.seconds
    into.nanos = since.microseconds * 1000


def stamp(at: datetime | None) -> Timestamp | None:
    """A message of an aware time; nothing stays absent."""
    if at is None:
        return None
    made = Timestamp()
    put_time(made, at)
    return made


def time_of(written: Timestamp) -> datetime:
    """Read an aware time. As `Timestamp.ToDatetime(UTC)`, which takes four times as long."""
    return _EPOCH + timedelta(seconds=written.seconds, microseconds=written.nanos // 1000)
