"""`kentongan topics` and `kentongan dlq` on a real broker, as the users that the stack makes for them."""

import io
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    KafkaAdminClient,
    NewTopic,
    ResourcePattern,
    ResourceType,
)
from kafka.consumer import KafkaConsumer
from kafka.structs import OffsetAndMetadata, TopicPartition

from chassis.kafka.catalogue import Catalogue, Topic, dead_letter_topic, load, with_dead_letters
from chassis.testing.kafka import Broker
from kentongan.notifier.v1.contact_pb2 import ContactFact, ContactStated
from operator_cli import broker as cli_broker
from operator_cli import letters
from operator_cli.home import CHECKOUT, from_environment

pytestmark = pytest.mark.integration
Run = Callable[..., Any]
TRACE = ("traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
ORIGINAL = [("ce_id", b"5f6f3a52-61a4-4bb7-8f0e-2ad7f3f0a001"), TRACE, ("ce_id", b"twice")]


@dataclass
class Corner:
    """This test's own service, its topic and its dead letters."""

    service: str
    topic: str
    broker: Broker

    def bury(self, value: bytes, reason: str, key: bytes = b"k") -> None:
        """Put a dead letter as the chassis does."""
        words = {
            "reason": reason,
            "topic": self.topic,
            "partition": "1",
            "offset": "17",
            "digest": "abc",
            "at": "2026",
        }
        added = [(f"dlq-{word}", text.encode()) for word, text in words.items()]
        with cli_broker.producer(cli_broker_home()) as producer:
            topic = dead_letter_topic(self.service)
            producer.send(topic, value=value, key=key, headers=[*ORIGINAL, *added], partition=0).get(10)

    def records(self) -> list[Any]:
        """What is on the original topic."""
        with cli_broker.consumer(cli_broker_home()) as consumer:
            return list(letters._records(consumer, self.topic))


def cli_broker_home() -> Any:
    return from_environment()


@pytest.fixture(params=[""])
def corner(
    request: pytest.FixtureRequest,
    broker: Broker,
    kafka_admin: KafkaAdminClient,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Corner]:
    service = request.param or f"t{uuid4().hex[:10]}"
    topic = Topic(
        topic=f"kentongan.{service}.thing.v1", owner=service, key="id", message="kentongan.notifier.v1.ContactFact",
        producers=(service,), consumers=(service,), partitions=2, retention="7d", compacted=False,
        personal_data="none", about="A test.",
    )  # fmt: skip
    catalogue: Catalogue = with_dead_letters([topic])
    monkeypatch.setattr(cli_broker, "catalogue", lambda: catalogue)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "addresses.json").write_text(json.dumps({"kafka": broker.bootstrap}))
    (tmp_path / "secrets").symlink_to(broker.secrets)
    monkeypatch.setenv("KENTONGAN_HOME", str(tmp_path))
    names = [topic.topic, dead_letter_topic(service)]
    kafka_admin.create_topics([NewTopic(name, 2, 1) for name in names])
    patterns = [ResourcePattern(ResourceType.TOPIC, name, ACLResourcePatternType.LITERAL) for name in names]
    kafka_admin.create_acls(
        [ACL("User:operator", "*", ACLOperation.ALL, ACLPermissionType.ALLOW, pattern) for pattern in patterns]
    )
    _wait_for_access(names)
    yield Corner(service, topic.topic, broker)
    kafka_admin.delete_topics(names)


def _wait_for_access(names: list[str]) -> None:
    """The broker takes new access rules in a moment after it has confirmed them."""
    give_up = time.monotonic() + 15
    with cli_broker.consumer(cli_broker_home()) as consumer:
        while not set(names) <= consumer.topics():
            assert time.monotonic() < give_up
            time.sleep(0.05)


def test_a_letter_goes_back_byte_for_byte_and_only_once(run: Run, corner: Corner):
    corner.bury(b"\x00\xffbytes", "bug:ValueError")
    letter = f"{corner.service}:0:0"
    assert run("dlq", "replay", letter, "--dry-run").out.startswith("1 surat akan dikirim ulang")
    assert corner.records() == []
    assert run("dlq", "replay", letter).out == "1 surat dikirim ulang.\n"
    (record,) = corner.records()
    assert (record.value, record.key, list(record.headers)) == (b"\x00\xffbytes", b"k", ORIGINAL)
    assert run("dlq", "replay", letter, "--json").data == {"replayed": [], "skipped": 1, "dry_run": False}
    assert len(corner.records()) == 1
    assert run("dlq", "replay", letter, "--again").out == "1 surat dikirim ulang.\n"
    assert len(corner.records()) == 2


def test_letters_are_listed_with_their_reasons_and_whether_they_went_back(run: Run, corner: Corner):
    corner.bury(b"one", "undecodable")
    corner.bury(b"three", "bug:KeyError")
    run("dlq", "replay", "--all", "--service", corner.service, "--reason", "undec", "--yes")
    first, second = run("dlq", "list", "--json").data
    assert (first["id"], first["reason"], first["topic"]) == (f"{corner.service}:0:0", "undecodable", corner.topic)
    assert first["replayed_at"]
    assert (second["reason"], second["bytes"], second["replayed_at"]) == ("bug:KeyError", 5, "")
    assert [each["reason"] for each in run("dlq", "list", "--reason", "bug", "--json").data] == ["bug:KeyError"]
    assert "bug:KeyError" in run("dlq", "list").out


def test_letters_are_counted_by_reason_and_fault(run: Run, corner: Corner):
    for value in (b"one", b"two"):
        corner.bury(value, "undecodable")
    corner.bury(b"three", "bug:KeyError")
    run("dlq", "replay", f"{corner.service}:0:0")
    first, second = run("dlq", "reasons", "--json").data
    assert (first["service"], first["topic"], first["reason"]) == (corner.service, corner.topic, "undecodable")
    assert (first["count"], first["waiting"], second["count"]) == (2, 1, 1)
    assert [each["reason"] for each in run("dlq", "reasons", "--reason", "bug", "--json").data] == ["bug:KeyError"]
    assert "bug:KeyError" in run("dlq", "reasons").out


class Terminal(io.StringIO):
    """Where a person sits."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("answer", "sent", "status"), [("y\n", 2, 0), ("n\n", 0, 130)])
def test_many_letters_go_back_only_after_a_yes(
    run: Run, corner: Corner, monkeypatch: pytest.MonkeyPatch, answer: str, sent: int, status: int
):
    corner.bury(b"one", "undecodable")
    corner.bury(b"two", "undecodable")
    everything = ("dlq", "replay", "--all", "--service", corner.service)
    refused = run(*everything)
    assert (refused.status, refused.err.count("\n")) == (1, 1)
    assert f"2 surat akan dikirim ulang (2 {corner.service} undecodable); tambahkan --yes" in refused.err
    assert run(*everything, "--dry-run").out == "2 surat akan dikirim ulang.\n"
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    assert run(*everything).status == status
    assert len(corner.records()) == sent


@pytest.mark.parametrize("corner", load(CHECKOUT / "proto" / "topics").services, indirect=True)
def test_every_service_s_letters_are_listed_shown_counted_and_sent_again(run: Run, corner: Corner):
    corner.bury(b"\xff", "undecodable")
    letter = f"{corner.service}:0:0"
    assert [each["id"] for each in run("dlq", "list", "--service", corner.service, "--json").data] == [letter]
    assert run("dlq", "show", letter, "--json").data["reason"] == "undecodable"
    [counted] = run("dlq", "reasons", "--service", corner.service, "--json").data
    assert (counted["service"], counted["count"]) == (corner.service, 1)
    assert run("dlq", "replay", letter).out == "1 surat dikirim ulang.\n"
    assert [record.value for record in corner.records()] == [b"\xff"]


def test_a_letter_is_shown_by_its_contract_or_as_it_is(run: Run, corner: Corner):
    fact = ContactFact(contact_stated=ContactStated(on_duty=True))
    corner.bury(fact.SerializeToString(), "rule_broken")
    corner.bury(b"\xff", "undecodable")
    shown = run("dlq", "show", f"{corner.service}:0:0", "--json").data
    assert shown["content"] == {"contact_stated": {"on_duty": True}}
    assert shown["headers"]["traceparent"] == TRACE[1].decode()
    assert run("dlq", "show", f"{corner.service}:0:1", "--json").data["content"] == {"base64": "/w=="}


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("show", "17"), "'17' bukan nomor surat"),
        (("replay",), "sebutkan nomor surat, atau --all"),
        (("list", "--service", "nix"), "tidak ada layanan nix"),
    ],
)
@pytest.mark.usefixtures("corner")
def test_a_wrong_letter_is_one_line(run: Run, arguments: tuple[str, ...], line: str):
    said = run("dlq", *arguments)
    assert (said.status, said.err.count("\n")) == (1, 1)
    assert line in said.err


def test_a_letter_that_is_not_there_is_said(run: Run, corner: Corner):
    assert f"tidak ada surat {corner.service}:0:9" in run("dlq", "show", f"{corner.service}:0:9").err


def test_topics_show_the_catalogue_beside_the_broker(run: Run, corner: Corner):
    with cli_broker.producer(cli_broker_home()) as producer:
        for number in range(5):
            producer.send(corner.topic, value=b"x", partition=number % 2).get(10)
    login = cli_broker.access(cli_broker_home(), cli_broker.ADMIN).admin()
    reader = KafkaConsumer(**login, group_id=corner.service)
    part = TopicPartition(corner.topic, 0)
    reader.assign([part])
    reader.commit({part: OffsetAndMetadata(1, "", -1)})
    reader.close()
    found = {each["topic"]: each for each in run("topics", "--json").data}
    mine = found[corner.topic]
    assert (mine["wanted"], mine["partitions"], mine["records"], mine["remark"]) == (2, 2, 5, "")
    assert mine["lag"] == {corner.service: 2}
    assert corner.topic in run("topics").out


def test_a_topic_that_is_not_on_the_broker_is_remarked(run: Run, corner: Corner, kafka_admin: KafkaAdminClient):
    kafka_admin.delete_topics([dead_letter_topic(corner.service)])
    found = {each["topic"]: each for each in run("topics", "--json").data}
    assert found[dead_letter_topic(corner.service)]["remark"] == "belum ada di broker"
    kafka_admin.create_topics([NewTopic(dead_letter_topic(corner.service), 2, 1)])


def test_a_broker_that_is_down_is_one_line(run: Run, corner: Corner, tmp_path: Path):
    assert corner
    (tmp_path / "run" / "addresses.json").write_text('{"kafka": "127.0.0.1:9"}')
    said = run("dlq", "list")
    assert (said.status, said.err.count("\n")) == (1, 1)
    assert "Kafka di 127.0.0.1:9 tidak dapat dipakai" in said.err
