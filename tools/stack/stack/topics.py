"""Topics and access lists on the broker, as the catalogue says. Repeatable; what the catalogue lost, loses access."""

from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    KafkaAdminClient,
    NewTopic,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
)

from chassis.kafka import catalogue
from chassis.kafka.catalogue import Catalogue
from stack.home import CHECKOUT, Home
from stack.secret_files import KAFKA_ADMIN, OPERATOR, Secrets

EVERY_RULE = ACLFilter(
    None,
    None,
    ACLOperation.ANY,
    ACLPermissionType.ANY,
    ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY),
)


def ensure_topics(home: Home) -> None:
    """Make the topics that are missing and set the access lists."""
    wanted = catalogue.load(CHECKOUT / "proto/topics")
    admin = _admin(home)
    try:
        there = set(admin.list_topics())
        missing = [topic for topic in wanted.topics.values() if topic.topic not in there]
        if missing:
            new = [NewTopic(topic.topic, topic.partitions, 1, topic_configs=topic.configs) for topic in missing]
            admin.create_topics(new)
        _set_access(admin, _access(wanted))
    finally:
        admin.close()


def _access(wanted: Catalogue) -> set[ACL]:
    """Literal rules: each service its topics and the group of its name; the operator all topics, to replay."""
    rules = _may_read(OPERATOR, ResourceType.GROUP, OPERATOR)
    for service in wanted.services:
        rules |= _may_read(service, ResourceType.GROUP, service)
    for topic in wanted.topics.values():
        for user in (*topic.producers, OPERATOR):
            rules |= _may_write(user, topic.topic)
        for user in (*topic.consumers, OPERATOR):
            rules |= _may_read(user, ResourceType.TOPIC, topic.topic)
    return rules


def _may_read(user: str, kind: ResourceType, name: str) -> set[ACL]:
    return {_allow(user, operation, kind, name) for operation in (ACLOperation.READ, ACLOperation.DESCRIBE)}


def _may_write(user: str, name: str) -> set[ACL]:
    writing = (ACLOperation.WRITE, ACLOperation.DESCRIBE)
    return {_allow(user, operation, ResourceType.TOPIC, name) for operation in writing}


def _allow(user: str, operation: ACLOperation, kind: ResourceType, name: str) -> ACL:
    pattern = ResourcePattern(kind, name, ACLResourcePatternType.LITERAL)
    return ACL(f"User:{user}", "*", operation, ACLPermissionType.ALLOW, pattern)


def _set_access(admin: KafkaAdminClient, wanted: set[ACL]) -> None:
    found, _ = admin.describe_acls(EVERY_RULE)
    there = set(found)
    if wanted - there:
        admin.create_acls(list(wanted - there))
    if there - wanted:
        admin.delete_acls(list(there - wanted))


def _admin(home: Home) -> KafkaAdminClient:
    return KafkaAdminClient(
        bootstrap_servers=home.address("kafka"),
        security_protocol="SASL_SSL",
        ssl_cafile=str(home.secrets / "ca.pem"),
        sasl_mechanism="SCRAM-SHA-512",
        sasl_plain_username=KAFKA_ADMIN,
        sasl_plain_password=Secrets(home.secrets).get(f"kafka-{KAFKA_ADMIN}.password"),
    )
