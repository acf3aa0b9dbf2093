"""Settings: one typed place, read once (see README.md)."""

from chassis.settings.process import (
    GrpcSettings,
    KafkaSettings,
    KeySettings,
    PostgresSettings,
    ProcessSettings,
    TelemetrySettings,
)
from chassis.settings.reader import SettingsError, load, load_or_stop, part, secret, service_name, setting
from chassis.settings.rules import (
    ADDRESS,
    CLOCKS,
    FILE,
    FOLDER,
    KEY,
    KEYS,
    TEXT,
    Address,
    Rule,
    number,
    one_of,
    url,
)

__all__ = [
    "ADDRESS",
    "CLOCKS",
    "FILE",
    "FOLDER",
    "KEY",
    "KEYS",
    "TEXT",
    "Address",
    "GrpcSettings",
    "KafkaSettings",
    "KeySettings",
    "PostgresSettings",
    "ProcessSettings",
    "Rule",
    "SettingsError",
    "TelemetrySettings",
    "load",
    "load_or_stop",
    "number",
    "one_of",
    "part",
    "secret",
    "service_name",
    "setting",
    "url",
]
