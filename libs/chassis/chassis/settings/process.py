"""The settings that every service process has. The stack gives them; the names are the platform's."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

from chassis.settings.reader import part, secret, service_name, setting
from chassis.settings.rules import ADDRESS, CLOCKS, FILE, FOLDER, KEY, KEYS, TEXT, Address, Rule, number, one_of, url


def _traces(value: str) -> Path | None:
    return None if value.strip().lower() == "off" else Path(value.strip())


TRACES: Rule[Path | None] = Rule(_traces, "off, or the path of a file that spans are appended to", "off")
LEVELS = one_of("info", "debug", "warning", "error")


@dataclass(frozen=True, slots=True)
class KafkaSettings:
    """How to reach the broker: SASL_SSL with SCRAM-SHA-512."""

    bootstrap: str = setting(
        "KENTONGAN_KAFKA_BOOTSTRAP", Rule(TEXT.read, "host:port, more after commas", "localhost:8810")
    )
    user: str = setting("KENTONGAN_KAFKA_USER", Rule(TEXT.read, "the name of a Kafka user", "telponi"))
    ca: Path = setting("KENTONGAN_KAFKA_CA", FILE)
    password: str = secret("kafka-{user}.password", TEXT)


@dataclass(frozen=True, slots=True)
class PostgresSettings:
    """How to reach the service's own database. The URL names the user and holds no password."""

    url: str = setting(
        "KENTONGAN_POSTGRES_URL",
        url("postgresql", "postgres", example="postgresql://telponi@127.0.0.1:8812/telponi"),
    )
    password: str = secret("postgres-{service}.password", TEXT)


@dataclass(frozen=True, slots=True)
class GrpcSettings:
    """Where gRPC is served, its certificate, and whose tokens it trusts."""

    address: Address = setting("KENTONGAN_GRPC_ADDRESS", ADDRESS)
    tls_cert: Path = setting("KENTONGAN_TLS_CERT", FILE)
    tls_key: Path = setting("KENTONGAN_TLS_KEY", FILE)
    tls_ca: Path = setting("KENTONGAN_TLS_CA", FILE)
    jwks: Path = setting("KENTONGAN_JWKS", FILE)


@dataclass(frozen=True, slots=True)
class TelemetrySettings:
    """How much is told. These alone have defaults: none of them changes what the service does."""

    log_level: str = setting("KENTONGAN_LOG_LEVEL", LEVELS, default="info")
    traces: Path | None = setting("KENTONGAN_TRACES", TRACES, default=None)
    trace_share: float = setting("KENTONGAN_TRACE_SHARE", number(0, 1), default=1.0)


@dataclass(frozen=True, slots=True)
class KeySettings:
    """The service's own keys: to open what was sealed for it, to encrypt fields, to look encrypted fields up."""

    sealing: bytes = secret("sealing-{service}.key", KEY)
    cipher: tuple[bytes, ...] = secret("cipher-{service}.key", KEYS)
    hash: bytes = secret("hash-{service}.key", KEY)


@dataclass(frozen=True, slots=True)
class ProcessSettings:
    """What the chassis needs to run a service. A service's config.py holds it as a `part` beside its own settings."""

    service: str = service_name()
    region: Path = setting("KENTONGAN_REGION", FOLDER)
    clocks: Mapping[str, timedelta] = setting("KENTONGAN_CLOCKS", CLOCKS, default=MappingProxyType({}))
    http_address: Address = setting("KENTONGAN_HTTP_ADDRESS", ADDRESS)
    kafka: KafkaSettings = part(KafkaSettings)
    postgres: PostgresSettings = part(PostgresSettings)
    grpc: GrpcSettings = part(GrpcSettings)
    telemetry: TelemetrySettings = part(TelemetrySettings)
    keys: KeySettings = part(KeySettings)
