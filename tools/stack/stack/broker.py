"""The broker: Apache Kafka, one node, secured as in a cluster."""

import base64
import os
import subprocess
import uuid
from pathlib import Path

from stack.errors import StackError
from stack.home import Home
from stack.jars import KAFKA, jars, java
from stack.secret_files import KAFKA_ADMIN, KAFKA_CONTROLLER, KAFKA_USERS, Secrets

# 345 MB resident with these (measured); the serial collector because the heap is small.
MEMORY = ("-Xmx384m", "-Xms128m", "-XX:+UseSerialGC")
JAVA_FLAGS = "KENTONGAN_BROKER_JAVA"
SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule"
PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule"


def prepare(home: Home) -> None:
    """Write the settings for this start and, the first time, format the storage with its users."""
    folder = home.root / "kafka"
    folder.mkdir(exist_ok=True)
    settings = folder / "server.properties"
    settings.touch(mode=0o600)
    settings.write_text(_settings(home, folder / "data"))
    if not (folder / "data" / "meta.properties").exists():
        _format(home, settings)


def command(home: Home, *flags: str) -> list[str]:
    """Give the command line that becomes the broker; `flags` are further ones for Java, as the person's are."""
    settings = home.root / "kafka" / "server.properties"
    given = os.environ.get(JAVA_FLAGS, "").split()
    return [*_java(*MEMORY, *flags, *given), "kafka.Kafka", str(settings)]


def _java(*flags: str) -> list[str]:
    log = f"-Dlog4j2.configurationFile={KAFKA / 'log4j2.properties'}"
    return [java(), *flags, log, "-cp", f"{jars()}/*"]


def _format(home: Home, settings: Path) -> None:
    secrets = Secrets(home.secrets)
    raw = uuid.uuid4().bytes
    # A first bit of 0, or one id in 64 begins with a dash and is read as an option.
    identity = base64.urlsafe_b64encode(bytes([raw[0] & 0x7F]) + raw[1:]).decode()[:22]
    options = ["format", "--standalone", "-t", identity, "-c", str(settings)]
    for user in KAFKA_USERS:
        options += ["--add-scram", f"SCRAM-SHA-512=[name={user},password={secrets.get(f'kafka-{user}.password')}]"]
    tool = [*_java("-Xmx128m", "-XX:TieredStopAtLevel=1"), "kafka.tools.StorageTool", *options]
    answer = subprocess.run(tool, capture_output=True, text=True, check=False)
    if answer.returncode:
        said = (answer.stderr + answer.stdout).strip().splitlines() or ["it said nothing"]
        raise StackError(f"the broker's storage could not be made in {settings.parent}: {said[0][:300]}")


def _settings(home: Home, data: Path) -> str:
    secrets = Secrets(home.secrets)
    admin, controller = (secrets.get(f"kafka-{user}.password") for user in (KAFKA_ADMIN, KAFKA_CONTROLLER))
    clients, votes = home.address("kafka"), home.address("kafka.controller")
    lines = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.bootstrap.servers": votes,
        "listeners": f"CLIENTS://{clients},CONTROLLER://{votes}",
        "advertised.listeners": f"CLIENTS://{clients}",
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "CLIENTS",
        # The controller's listener asks for a password too: an open one needs User:ANONYMOUS as super user,
        # and that undoes the access lists.
        "listener.security.protocol.map": "CONTROLLER:SASL_PLAINTEXT,CLIENTS:SASL_SSL",
        "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-512",
        "sasl.mechanism.controller.protocol": "PLAIN",
        "listener.name.clients.sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.clients.scram-sha-512.sasl.jaas.config": (
            f'{SCRAM} required username="{KAFKA_ADMIN}" password="{admin}";'
        ),
        "listener.name.controller.sasl.enabled.mechanisms": "PLAIN",
        "listener.name.controller.plain.sasl.jaas.config": (
            f'{PLAIN} required username="{KAFKA_CONTROLLER}" password="{controller}" '
            f'user_{KAFKA_CONTROLLER}="{controller}";'
        ),
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(home.secrets / "kafka.pem"),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(home.secrets / "ca.pem"),
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": f"User:{KAFKA_ADMIN};User:{KAFKA_CONTROLLER}",
        "auto.create.topics.enable": "false",
        "log.dirs": str(data),
        "group.initial.rebalance.delay.ms": "0",
        **_internal_topics(),
    }
    return "".join(f"{key}={value}\n" for key, value in lines.items())


def _internal_topics() -> dict[str, str]:
    """One copy and few partitions: there is one node, and each partition costs files and memory."""
    return {
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "transaction.state.log.num.partitions": "1",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        "share.coordinator.state.topic.num.partitions": "1",
    }
