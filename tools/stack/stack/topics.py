"""Topics and access lists on the broker, as the catalogue says. Repeatable; what the catalogue lost, loses access."""

from dataclasses import replace

from kafka.admin import KafkaAdminClient

from chassis.kafka import administration, catalogue
from chassis.kafka.catalogue import Catalogue
from stack.home import CHECKOUT, Home
from stack.secret_files import KAFKA_ADMIN, OPERATOR, Secrets


def ensure_topics(home: Home) -> None:
    """Make the topics that are missing and set the access lists."""
    admin = _admin(home)
    try:
        done = administration.apply(admin, with_operator(catalogue.load(CHECKOUT / "proto/topics")))
    finally:
        admin.close()
    for topic in done.other_partitions:
        print(f"left as it is, `make clean-state` would make it anew: {topic}", flush=True)


def with_operator(wanted: Catalogue) -> Catalogue:
    """Give the catalogue in which the operator may read and write every topic, to look at dead letters and replay."""
    return Catalogue(
        {
            name: replace(topic, producers=(*topic.producers, OPERATOR), consumers=(*topic.consumers, OPERATOR))
            for name, topic in wanted.topics.items()
        }
    )


def _admin(home: Home) -> KafkaAdminClient:
    return KafkaAdminClient(
        bootstrap_servers=home.address("kafka"),
        security_protocol="SASL_SSL",
        ssl_cafile=str(home.secrets / "ca.pem"),
        sasl_mechanism="SCRAM-SHA-512",
        sasl_plain_username=KAFKA_ADMIN,
        sasl_plain_password=Secrets(home.secrets).get(f"kafka-{KAFKA_ADMIN}.password"),
    )
