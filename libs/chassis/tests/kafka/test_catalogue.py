"""The catalogue says what is wrong with it, and the broker becomes what it says."""

import asyncio
import time
from pathlib import Path

import pytest
import yaml
from google.protobuf.descriptor_pool import Default
from kafka.admin import ACLOperation, KafkaAdminClient, ResourceType

from chassis.kafka import administration, catalogue
from chassis.kafka.catalogue import CatalogueError, Topic, with_dead_letters
from chassis.testing.kafka import Kafka
from kentongan.common.v1 import metadata_pb2

GOOD = {
    "topic": "kentongan.telponi.referral.v1",
    "owner": "telponi",
    "key": "pregnancy id",
    "message": metadata_pb2.Metadata.DESCRIPTOR.full_name,
    "producers": ["telponi"],
    "consumers": ["destana"],
    "partitions": 3,
    "retention": "7d",
    "personal_data": "none",
    "about": "A referral.",
}


def written(folder: Path, **changes: object) -> Path:
    (folder / f"{GOOD['topic']}.yaml").write_text(yaml.safe_dump(GOOD | changes))
    return folder


def test_every_topic_of_ours_is_well_formed():
    known = catalogue.load(Path(__file__).parents[4] / "proto" / "topics")
    assert {"telponi", "destana", "gareng-mesem", "notifier"} <= set(known.services)
    assert "kentongan.dlq.notifier.v1" in known.topics


def test_a_reader_gets_a_dead_letter_topic_of_its_own(tmp_path: Path):
    known = catalogue.load(written(tmp_path))
    assert set(known.topics) == {"kentongan.telponi.referral.v1", "kentongan.dlq.destana.v1"}
    assert known["kentongan.telponi.referral.v1"].configs == {"cleanup.policy": "delete", "retention.ms": "604800000"}
    known.check_messages(Default())


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"topic": "referral"}, "topic"),
        ({"owner": "destana"}, "owner"),
        ({"message": "ReferralFact"}, "message"),
        ({"producers": []}, "producers"),
        ({"consumers": ["Destana"]}, "consumers"),
        ({"partitions": 0}, "partitions"),
        ({"retention": "a week"}, "retention"),
        ({"personal_data": "some"}, "personal_data"),
        ({"about": ""}, "about"),
        ({"color": "red"}, "color"),
        ({"compacted": "often"}, "compacted"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_cannot_be_is_refused_by_file_and_field(tmp_path: Path, changes: dict[str, object], field: str):
    with pytest.raises(CatalogueError, match=rf"kentongan.telponi.referral.v1.yaml.*{field}"):
        catalogue.load(written(tmp_path, **changes))


def test_a_message_in_no_contract_is_refused(tmp_path: Path):
    known = catalogue.load(written(tmp_path, message="kentongan.telponi.v1.NoSuchFact"))
    with pytest.raises(CatalogueError, match="NoSuchFact"):
        known.check_messages(Default())


def test_rights_are_literal_and_no_more_than_needed(tmp_path: Path):
    known = catalogue.load(written(tmp_path))
    reader = {
        (rule.operation, rule.resource_pattern.resource_type, rule.resource_pattern.resource_name)
        for rule in administration.service_acls(known, "destana")
    }
    assert reader == {
        (ACLOperation.READ, ResourceType.TOPIC, "kentongan.telponi.referral.v1"),
        (ACLOperation.DESCRIBE, ResourceType.TOPIC, "kentongan.telponi.referral.v1"),
        (ACLOperation.WRITE, ResourceType.TOPIC, "kentongan.dlq.destana.v1"),
        (ACLOperation.DESCRIBE, ResourceType.TOPIC, "kentongan.dlq.destana.v1"),
        (ACLOperation.READ, ResourceType.GROUP, "destana"),
        (ACLOperation.IDEMPOTENT_WRITE, ResourceType.CLUSTER, "kafka-cluster"),
    }


def settle(admin: KafkaAdminClient, wanted: catalogue.Catalogue) -> None:
    """The broker's authorizer learns of new rules a moment after it took them."""
    give_up = time.monotonic() + 15
    while told := administration.compare(admin, wanted).told:
        assert time.monotonic() < give_up, told
        time.sleep(0.1)


@pytest.mark.integration
async def test_the_broker_becomes_what_the_catalogue_says(kafka: Kafka, kafka_admin: KafkaAdminClient):
    writer, reader = (f"{word}-{kafka.prefix[:-1]}" for word in ("writer", "reader"))

    def topics(consumers: tuple[str, ...], partitions: int, producer: str = writer) -> catalogue.Catalogue:
        name = f"kentongan.{writer}.thing.v1"
        return with_dead_letters(
            [Topic(name, writer, "id", "", (producer,), consumers, partitions, "7d", False, "none", "x")]
        )

    def work() -> None:
        wanted = topics((reader,), 2)
        done = administration.apply(kafka_admin, wanted)
        assert len(done.missing_topics) == 2
        assert len(done.missing_acls) == len(administration.acls(wanted))
        settle(kafka_admin, wanted)
        assert "3 partitions wanted, 2 found" in administration.compare(kafka_admin, topics((reader,), 3)).told[0]
        changed = topics((reader,), 2, producer=reader)
        assert administration.apply(kafka_admin, changed).missing_acls
        settle(kafka_admin, changed)
        stray = administration.compare(kafka_admin, wanted).stray_acls
        assert [rule.operation for rule in stray] == [ACLOperation.WRITE]
        kafka_admin.delete_topics(list(done.missing_topics))

    await asyncio.to_thread(work)
