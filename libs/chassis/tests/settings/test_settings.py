"""A start with wrong settings says all that is wrong, a line each; a right one gives typed values."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from chassis.settings import (
    Address,
    ProcessSettings,
    SettingsError,
    load,
    load_or_stop,
    number,
    part,
    secret,
    setting,
    url,
)
from chassis.settings.rules import CLOCKS, KEY, KEYS

KEY_TEXT = "0f" * 32


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    for name, text in {
        "kafka-telponi.password": "kafka-secret\n",
        "postgres-telponi.password": "postgres-secret",
        "sealing-telponi.key": KEY_TEXT,
        "cipher-telponi.key": f"{KEY_TEXT}\n{'1e' * 32}\n",
        "hash-telponi.key": KEY_TEXT,
    }.items():
        (secrets / name).write_text(text)
    file = tmp_path / "file.pem"
    file.write_text("pem")
    paths = dict.fromkeys(("KAFKA_CA", "TLS_CERT", "TLS_KEY", "TLS_CA", "JWKS"), str(file))
    return {
        "KENTONGAN_REGION": str(tmp_path),
        "KENTONGAN_SECRETS": str(secrets),
        "KENTONGAN_CLOCKS": "telponi.emergency_offer=15s, gareng_mesem.pile_target=1m",
        "KENTONGAN_KAFKA_BOOTSTRAP": "localhost:9310",
        "KENTONGAN_KAFKA_USER": "telponi",
        "KENTONGAN_POSTGRES_URL": "postgresql://telponi@127.0.0.1:9312/telponi",
        "KENTONGAN_GRPC_ADDRESS": "127.0.0.1:9320",
        "KENTONGAN_HTTP_ADDRESS": "127.0.0.1:0",
        "KENTONGAN_TRACES": "off",
        **{f"KENTONGAN_{name}": path for name, path in paths.items()},
    }


def test_the_settings_of_a_process_are_typed(environment: dict[str, str]):
    settings = load(ProcessSettings, "telponi", environment)
    assert settings.service == "telponi"
    assert settings.grpc.address == Address("127.0.0.1", 9320)
    assert settings.clocks["telponi.emergency_offer"] == timedelta(seconds=15)
    assert settings.clocks["gareng_mesem.pile_target"] == timedelta(minutes=1)
    assert (settings.kafka.password, settings.postgres.password) == ("kafka-secret", "postgres-secret")
    assert settings.keys.cipher == (bytes.fromhex(KEY_TEXT), b"\x1e" * 32)
    assert settings.telemetry.traces is None


def test_secrets_are_not_shown(environment: dict[str, str]):
    shown = repr(load(ProcessSettings, "telponi", environment))
    assert "secret'" not in shown
    assert "\\x0f" not in shown


def test_every_problem_is_told_at_once_in_one_line_with_an_example(environment: dict[str, str]):
    del environment["KENTONGAN_GRPC_ADDRESS"]
    environment["KENTONGAN_HTTP_ADDRESS"] = "8821"
    environment["KENTONGAN_CLOCKS"] = "telponi.emergency_offer=soon"
    environment["KENTONGAN_LOG_LEVEL"] = "loud"
    (Path(environment["KENTONGAN_SECRETS"]) / "hash-telponi.key").unlink()
    with pytest.raises(SettingsError) as wrong:
        load(ProcessSettings, "telponi", environment)
    problems = wrong.value.problems
    assert [line.split()[0] for line in problems] == [
        "KENTONGAN_CLOCKS",
        "KENTONGAN_HTTP_ADDRESS",
        "KENTONGAN_GRPC_ADDRESS",
        "KENTONGAN_LOG_LEVEL",
        "the",
    ]
    assert problems[2] == (
        "KENTONGAN_GRPC_ADDRESS is not set; allowed: host:port with a port from 0 to 65535; "
        "example: KENTONGAN_GRPC_ADDRESS=127.0.0.1:8820"
    )
    assert all("\n" not in line and "allowed: " in line and "example: " in line for line in problems)
    assert "hash-telponi.key cannot be read (No such file or directory)" in problems[4]


def test_a_missing_secrets_folder_is_told_once(environment: dict[str, str]):
    del environment["KENTONGAN_SECRETS"]
    with pytest.raises(SettingsError) as wrong:
        load(ProcessSettings, "telponi", environment)
    assert len(wrong.value.problems) == 1


def test_a_wrong_secret_is_not_quoted(environment: dict[str, str]):
    (Path(environment["KENTONGAN_SECRETS"]) / "hash-telponi.key").write_text("abcd" * 3)
    with pytest.raises(SettingsError, match="it holds 6 bytes") as wrong:
        load(ProcessSettings, "telponi", environment)
    assert "abcd" not in str(wrong.value)


def test_a_process_that_cannot_start_says_so_and_ends(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("KENTONGAN_REGION", "/nowhere")
    with pytest.raises(SystemExit) as end:
        load_or_stop(ProcessSettings, "telponi")
    assert end.value.code == 78
    assert capsys.readouterr().err.startswith(
        "telponi cannot start: KENTONGAN_REGION is wrong: there is no such folder"
    )


@dataclass(frozen=True, slots=True)
class Smpp:
    """A service's own."""

    url: str = setting("KENTONGAN_SMPP_URL", url("smpp", example="smpp://id:password@localhost:2775"))
    window: float = setting("KENTONGAN_WINDOW", number(1, 100), default=10.0)
    reader: bytes = secret("sealing-{service}.pub", KEY)


@dataclass(frozen=True, slots=True)
class Own:
    """Holds a part."""

    smpp: Smpp = part(Smpp)


def test_a_service_declares_its_own_settings(tmp_path: Path):
    (tmp_path / "sealing-notifier.pub").write_text(KEY_TEXT)
    environment = {"KENTONGAN_SECRETS": str(tmp_path), "KENTONGAN_SMPP_URL": "smpp://a:b@localhost:2775"}
    assert load(Own, "notifier", environment).smpp == Smpp("smpp://a:b@localhost:2775", 10.0, bytes.fromhex(KEY_TEXT))
    with pytest.raises(SettingsError) as wrong:
        load(Own, "notifier", environment | {"KENTONGAN_SMPP_URL": "http://:hush@", "KENTONGAN_WINDOW": "0"})
    assert len(wrong.value.problems) == 2
    assert "hush" not in str(wrong.value)


@pytest.mark.parametrize("text", ["a", "=15s", "a=", "a=15", "a=15s,b"])
def test_a_clock_is_a_name_and_a_duration(text: str):
    with pytest.raises(ValueError, match=r"is no"):
        CLOCKS.read(text)


def test_no_clocks_are_no_overrides():
    assert CLOCKS.read("") == {}


def test_an_empty_key_file_holds_no_key():
    with pytest.raises(ValueError, match="empty"):
        KEYS.read("\n")
