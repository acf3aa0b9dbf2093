"""What a dead letter says, as far as it can be read."""

import base64
import importlib
import pkgutil
from typing import Any

from google.protobuf import json_format
from google.protobuf.descriptor_pool import Default
from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass

from chassis.kafka.dead_letters import TOPIC
from operator_cli import broker
from operator_cli.letters import Letter


def content_of(letter: Letter) -> Any:
    """The value by its contract, or in base64 when it does not keep it. What is sealed stays sealed."""
    topic = broker.catalogue().topics.get(letter.word(TOPIC))
    try:
        return _decode(topic.message, letter.value) if topic else _raw(letter.value)
    except (ImportError, KeyError, DecodeError):
        return _raw(letter.value)


def _decode(message: str, value: bytes) -> Any:
    package = importlib.import_module(message.rpartition(".")[0])
    for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        if module.name.endswith("_pb2"):
            importlib.import_module(module.name)
    kind = GetMessageClass(Default().FindMessageTypeByName(message))
    return json_format.MessageToDict(kind.FromString(value), preserving_proto_field_name=True)


def _raw(value: bytes) -> dict[str, str]:
    return {"base64": base64.b64encode(value).decode()}
