"""Makes the broker be what the catalogue says: topics and literal access rules, one user per service.

A service's user may write what it produces, read what it consumes, use the group of its own name, and write
idempotently. Nothing else, and no pattern: a new topic is nobody's until the catalogue says whose.
"""

from collections.abc import Iterable
from dataclasses import dataclass

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

from chassis.kafka.catalogue import Catalogue

CLUSTER = "kafka-cluster"  # the one name of the one cluster resource


@dataclass(frozen=True, slots=True)
class Difference:
    """What the broker lacks or has beyond the catalogue. `told` is empty when there is none."""

    missing_topics: tuple[str, ...]
    other_partitions: tuple[str, ...]  # topic: wanted and found; never changed by us, order per key would break
    missing_acls: tuple[ACL, ...]
    stray_acls: tuple[ACL, ...]

    @property
    def told(self) -> list[str]:
        """A line each."""
        return [
            *(f"topic {topic} is missing" for topic in self.missing_topics),
            *(f"topic {topic}" for topic in self.other_partitions),
            *(f"rule is missing: {_words(acl)}" for acl in self.missing_acls),
            *(f"rule is in no catalogue: {_words(acl)}" for acl in self.stray_acls),
        ]


def new_topics(catalogue: Catalogue, *, prefix: str = "", replication: int = 1) -> list[NewTopic]:
    """Every topic as kafka-python makes it."""
    return [
        NewTopic(prefix + one.topic, one.partitions, replication, topic_configs=one.configs)
        for one in catalogue.topics.values()
    ]


def acls(catalogue: Catalogue, *, prefix: str = "") -> list[ACL]:
    """Every access rule."""
    return [rule for service in catalogue.services for rule in service_acls(catalogue, service, prefix=prefix)]


def service_acls(catalogue: Catalogue, service: str, *, prefix: str = "") -> list[ACL]:
    """The rules of one service's user, whose name is the service's."""
    written = [prefix + topic.topic for topic in catalogue.produced_by(service)]
    read = [prefix + topic.topic for topic in catalogue.consumed_by(service)]
    rules = [
        _rule(service, ACLOperation.IDEMPOTENT_WRITE, ResourceType.CLUSTER, CLUSTER),
        *(_rule(service, ACLOperation.WRITE, ResourceType.TOPIC, topic) for topic in written),
        *(_rule(service, ACLOperation.READ, ResourceType.TOPIC, topic) for topic in read),
        *(_rule(service, ACLOperation.DESCRIBE, ResourceType.TOPIC, topic) for topic in sorted({*written, *read})),
    ]
    if read:
        rules.append(_rule(service, ACLOperation.READ, ResourceType.GROUP, prefix + service))
    return rules


def compare(admin: KafkaAdminClient, catalogue: Catalogue, *, prefix: str = "") -> Difference:
    """Compare the broker with the catalogue; only rules of the catalogue's services can be stray. Blocking."""
    wanted = {one.name: one for one in new_topics(catalogue, prefix=prefix)}
    found = {one["name"]: len(one["partitions"]) for one in admin.describe_topics() if one["name"] in wanted}
    rules, present = set(acls(catalogue, prefix=prefix)), _present(admin, catalogue.services)
    return Difference(
        missing_topics=tuple(sorted(set(wanted) - set(found))),
        other_partitions=tuple(
            f"{name}: {wanted[name].num_partitions} partitions wanted, {count} found"
            for name, count in sorted(found.items())
            if count != wanted[name].num_partitions
        ),
        missing_acls=tuple(rules - present),
        stray_acls=tuple(present - rules),
    )


def apply(admin: KafkaAdminClient, catalogue: Catalogue, *, prefix: str = "", replication: int = 1) -> Difference:
    """Make what is missing and take away stray rules; give what was different before. Blocking; twice is as once."""
    difference = compare(admin, catalogue, prefix=prefix)
    lacking = set(difference.missing_topics)
    topics = [one for one in new_topics(catalogue, prefix=prefix, replication=replication) if one.name in lacking]
    if topics:
        admin.create_topics(topics)
    if difference.missing_acls:
        admin.create_acls(list(difference.missing_acls))
    if difference.stray_acls:
        admin.delete_acls([_exactly(rule) for rule in difference.stray_acls])
    return difference


def _rule(service: str, operation: ACLOperation, kind: ResourceType, name: str) -> ACL:
    pattern = ResourcePattern(kind, name, ACLResourcePatternType.LITERAL)
    return ACL(f"User:{service}", "*", operation, ACLPermissionType.ALLOW, pattern)


def _present(admin: KafkaAdminClient, services: Iterable[str]) -> set[ACL]:
    anything = ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY)
    found, _ = admin.describe_acls(ACLFilter(None, None, ACLOperation.ANY, ACLPermissionType.ANY, anything))
    users = {f"User:{service}" for service in services}
    return {rule for rule in found if rule.principal in users}


def _exactly(rule: ACL) -> ACLFilter:
    pattern = rule.resource_pattern
    exact = ResourcePatternFilter(pattern.resource_type, pattern.resource_name, pattern.pattern_type)
    return ACLFilter(rule.principal, rule.host, rule.operation, rule.permission_type, exact)


def _words(rule: ACL) -> str:
    pattern = rule.resource_pattern
    return f"{rule.principal} {rule.operation.name} {pattern.resource_type.name} {pattern.resource_name}"
