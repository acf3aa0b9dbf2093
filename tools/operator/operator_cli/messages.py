"""Answers of services as data for programs: numbers as numbers, enums by their short names, times in ISO 8601."""

from datetime import UTC
from typing import Any

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp


def data_of(message: Message) -> dict[str, Any]:
    """A message's fields by name; a message that is absent is None."""
    return {field.name: _field(message, field) for field in fields(message)}


def fields(message: Message) -> list[Any]:
    """The descriptors of a message's fields; the stubs know two kinds of them, which are one at run time."""
    return list(message.DESCRIPTOR.fields)


def short(field: Any, number: int) -> str:
    """An enum's value without the enum's name: LANE_LIFE_SAFETY is life_safety; empty for none."""
    values = field.enum_type.values_by_number
    if not number or number not in values:
        return ""
    prefix = values[0].name.removesuffix("UNSPECIFIED") if 0 in values else ""
    return str(values[number].name.removeprefix(prefix).lower())


def word(message: Message, field: str) -> str:
    """The short name of an enum's value in a message."""
    return short(next(one for one in fields(message) if one.name == field), getattr(message, field))


def _field(message: Message, field: Any) -> Any:
    value = getattr(message, field.name)
    if field.is_repeated:
        return [_value(field, one) for one in value]
    if field.message_type is not None and not message.HasField(field.name):
        return None
    return _value(field, value)


def _value(field: Any, value: Any) -> Any:
    if isinstance(value, Timestamp):
        return value.ToDatetime(UTC).isoformat()
    if field.message_type is not None:
        return data_of(value)
    if field.enum_type is not None:
        return short(field, value)
    return value
