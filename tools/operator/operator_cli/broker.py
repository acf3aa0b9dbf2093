"""The broker as the operator sees it (kafka-python, blocking)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kafka.admin import KafkaAdminClient
from kafka.consumer import KafkaConsumer
from kafka.errors import KafkaError
from kafka.producer import KafkaProducer

from chassis.kafka.catalogue import Catalogue, load
from chassis.kafka.security import Access
from operator_cli.errors import CliError
from operator_cli.home import CHECKOUT, Home

OPERATOR = "operator"
ADMIN = "admin"  # only the administrator may see the groups of others
TIMEOUT_MS = 5_000


def access(home: Home, user: str) -> Access:
    """A way in for a user whose password this home keeps."""
    address = home.address("kafka")
    password = home.secret(f"kafka-{user}.password").decode().strip()
    return Access(address, user, home.secret_path("ca.pem"), password)


def catalogue() -> Catalogue:
    """The topics as the contracts name them. Raises CliError."""
    try:
        return load(CHECKOUT / "proto" / "topics")
    except (OSError, ValueError) as error:
        raise CliError(f"katalog topik tidak terbaca: {error}", "BAD_CATALOGUE") from None


@contextmanager
def admin(home: Home) -> Iterator[KafkaAdminClient]:
    """An administrator's client."""
    with _open(home, ADMIN, lambda given: KafkaAdminClient(**given)) as client:
        yield client


@contextmanager
def consumer(home: Home, user: str = OPERATOR) -> Iterator[KafkaConsumer]:
    """A reader outside of any group: it moves nobody's offsets."""
    settings = {"enable_auto_commit": False, "auto_offset_reset": "earliest"}
    with _open(home, user, lambda given: KafkaConsumer(**given, **settings)) as client:
        yield client


@contextmanager
def producer(home: Home) -> Iterator[KafkaProducer]:
    """A writer that has an answer for every record."""
    with _open(home, OPERATOR, lambda given: KafkaProducer(**given, acks="all")) as client:
        yield client


@contextmanager
def _open(home: Home, user: str, make: Any) -> Iterator[Any]:
    way = access(home, user)
    client = None
    try:
        client = make(way.admin() | {"bootstrap_timeout_ms": TIMEOUT_MS})
        yield client
    except KafkaError as error:
        text = f"Kafka di {way.bootstrap} tidak dapat dipakai sebagai {user}: {type(error).__name__}"
        raise CliError(text, "KAFKA") from error
    finally:
        if client is not None:
            client.close()
