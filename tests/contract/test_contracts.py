"""The contracts hold what they promise: examples and old bytes decode, the vendored rules are the library's own."""

from importlib import import_module
from pathlib import Path

import protovalidate
import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format
from google.protobuf.message import Message
from protovalidate._gen.buf.validate import validate_pb

from buf.validate import validate_pb2
from chassis.kafka import catalogue

ROOT = Path(__file__).parents[2]
EXAMPLES, GOLDEN = ROOT / "proto/examples", Path(__file__).parent / "golden"
TOPICS = {topic.topic: topic for topic in catalogue.load(ROOT / "proto/topics").topics.values() if topic.message}
PERSONAL = ("name", "phone", "nik", "text", "address", "birth")

for generated in sorted((ROOT / "build/gen/kentongan").rglob("*_pb2.py")):
    import_module(".".join(generated.relative_to(ROOT / "build/gen").with_suffix("").parts))


def message_of(topic: str) -> Message:
    found = descriptor_pool.Default().FindMessageTypeByName(TOPICS[topic].message)
    return message_factory.GetMessageClass(found)()


def facts_of(topic: str) -> list[str]:
    return [field.name for field in message_of(topic).DESCRIPTOR.oneofs_by_name["fact"].fields]


def test_every_topic_s_message_is_in_a_contract() -> None:
    catalogue.load(ROOT / "proto/topics").check_messages(descriptor_pool.Default())


@pytest.mark.parametrize("topic", sorted(TOPICS))
def test_every_fact_of_a_topic_has_an_example_that_keeps_the_rules(topic: str) -> None:
    shown = set()
    for file in (EXAMPLES / topic).glob("*.txtpb"):
        message = text_format.Parse(file.read_text(), message_of(topic))
        protovalidate.validate(message)
        shown.add(message.WhichOneof("fact"))
    assert sorted(shown) == sorted(facts_of(topic))


@pytest.mark.parametrize("file", sorted(GOLDEN.glob("*.bin")), ids=lambda file: file.stem)
def test_bytes_written_before_keep_their_meaning(file: Path) -> None:
    topic, _, fact = file.stem.partition("--")
    message = message_of(topic)
    message.ParseFromString(file.read_bytes())
    protovalidate.validate(message)
    assert message.WhichOneof("fact") == fact
    example = text_format.Parse((EXAMPLES / topic / f"{fact}.txtpb").read_text(), message_of(topic))
    assert message == example


def test_every_fact_has_its_golden_bytes() -> None:
    kept = {file.stem for file in GOLDEN.glob("*.bin")}
    assert kept >= {f"{topic}--{fact}" for topic in TOPICS for fact in facts_of(topic)}


@pytest.mark.parametrize("topic", sorted(TOPICS))
def test_no_field_in_clear_is_named_like_something_personal(topic: str) -> None:
    assert [name for name in _fields(message_of(topic).DESCRIPTOR, set()) if name in PERSONAL] == []


def test_the_vendored_rules_are_the_library_s() -> None:
    library = descriptor_pb2.FileDescriptorProto.FromString(validate_pb._DESC.proto.to_binary())
    vendored = descriptor_pb2.FileDescriptorProto()
    validate_pb2.DESCRIPTOR.CopyToProto(vendored)
    _forget_how_it_was_written(library)
    _forget_how_it_was_written(vendored)
    assert library == vendored


def _fields(message: object, seen: set[str]) -> list[str]:
    found: list[str] = []
    for field in message.fields:
        found.append(field.name)
        if field.message_type is not None and field.message_type.full_name not in seen:
            found += _fields(field.message_type, seen | {field.message_type.full_name})
    return found


def _forget_how_it_was_written(file: descriptor_pb2.FileDescriptorProto) -> None:
    """Drop the names of other languages' packages and of JSON fields, which one compiler adds and the other not."""
    file.ClearField("source_code_info")
    file.ClearField("options")
    waiting = list(file.message_type)
    while waiting:
        message = waiting.pop()
        waiting += message.nested_type
        for field in (*message.field, *message.extension):
            field.ClearField("json_name")
    for field in file.extension:
        field.ClearField("json_name")
