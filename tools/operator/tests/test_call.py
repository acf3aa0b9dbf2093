"""`kentongan token` and `kentongan call` against a real server that has only its reflection to tell."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chassis.auth.grants import Grant
from chassis.auth.tokens import Verifier

MIDWIFE = "5f6f3a52-61a4-4bb7-8f0e-2ad7f3f0a001"
Run = Callable[..., Any]
pytestmark = pytest.mark.usefixtures("contacts")


def test_a_token_carries_the_contact_s_own_grants(run: Run, home: Path):
    said = run("token", "--as", "0812-0000-0001")
    caller = Verifier.from_file(home / "secrets" / "jwks.json").verify(said.out.strip())
    assert (said.status, str(caller.contact_id)) == (0, MIDWIFE)
    assert caller.grants == {Grant("midwife", "33.17.09.2004")}


def test_the_look_up_itself_is_an_operator_s(run: Run, contacts: Any):
    run("token", "--as", "0812-0000-0001")
    assert contacts.callers[0].grants == {Grant("operator", "33.17")}


def test_a_token_of_roles_needs_nobody(run: Run, home: Path):
    said = run("token", "--role", "doctor@RSUD", "--role", "kader@33.17.09.2004", "--json")
    caller = Verifier.from_file(home / "secrets" / "jwks.json").verify(said.data["token"])
    assert caller.grants == {Grant("doctor", "RSUD"), Grant("kader", "33.17.09.2004")}


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("token",), "sebutkan --as NOMOR atau --role PERAN@TEMPAT"),
        (("token", "--role", "midwife"), "'midwife' bukan PERAN@TEMPAT; contoh: midwife@33.17.09.2004"),
        (("token", "--as", "0899"), "tidak ada kontak dengan nomor 0899"),
        (("call", "notifier"), "'notifier' bukan LAYANAN/PERINTAH; contoh: telponi/RegisterPregnancy"),
        (("call", "notifier/FindContact", "{"), "JSON tidak cocok: "),
        (("call", "notifier/FindContact", '{"nomor": 1}'), "isian FindContact: phone"),
        (("call", "notifier/Nix"), "tidak ada perintah Nix; yang ada: AddPhone, ApproveApplication, "),
        (("call", "Nix/Nix"), "tidak ada Nix/Nix; layanan: notifier"),
        (
            ("call", "notifier/FindContact", '{"phone": "0"}'),
            "INVALID_ARGUMENT: tidak sesuai kontrak: phone (phone: ",
        ),
        (("call", "notifier/FindContact", "--role", "kader@33.17", '{"phone": "0812"}'), "PERMISSION_DENIED: peran"),
        (
            ("call", "notifier/SetDuty", f'{{"contact_id": "{MIDWIFE}", "idempotency_key": "k1234567"}}'),
            "UNIMPLEMENTED: ",
        ),
    ],
)
def test_an_error_is_one_line(run: Run, arguments: tuple[str, ...], line: str):
    said = run(*arguments)
    assert (said.status, said.out) == (1, "")
    assert said.err.startswith("Gagal: ")
    assert line in said.err
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("target", ["notifier", "ContactService", "kentongan.notifier.v1.ContactService"])
def test_a_method_is_found_by_process_service_or_full_name(run: Run, target: str):
    said = run("call", f"{target}/FindContact", '{"phone": "0812-0000-0001"}')
    assert said.data["contact"]["name"] == "Bidan Sri"
    assert said.data["contact"]["grants"] == [{"role": "midwife", "place": "33.17.09.2004"}]


def test_the_list_names_every_method_and_its_fields(run: Run):
    found = {each["method"]: each for each in run("call", "--list", "--json").data}
    assert found["FindContact"] == {
        "process": "notifier",
        "service": "kentongan.notifier.v1.ContactService",
        "method": "FindContact",
        "fields": "phone",
    }
    assert "FindContact" in run("call", "--list", "notifier").out


def test_with_json_an_error_is_json_with_its_fields(run: Run):
    said = run("call", "notifier/FindContact", '{"phone": "0"}', "--json")
    error = json.loads(said.err)["error"]
    assert error["code"] == "INVALID_ARGUMENT"
    assert [each["field"] for each in error["fields"]] == ["phone"]


def test_a_stack_that_is_down_is_said(run: Run, home: Path):
    (home / "run" / "addresses.json").write_text('{"notifier.grpc": "127.0.0.1:9"}')
    said = run("call", "notifier/FindContact", '{"phone": "0812"}')
    assert (said.status, said.err.count("\n")) == (1, 1)
    assert "apakah Kentongan menyala?" in said.err


def test_a_folder_without_a_stack_is_said(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("KENTONGAN_HOME", str(home / "elsewhere"))
    for command in (("topics",), ("dlq", "list"), ("call", "--list"), ("contacts", "export")):
        said = run(*command)
        assert (said.status, said.err.count("\n")) == (1, 1)
        assert "jalankan `make up`" in said.err, command


def test_help_tells_enough(run: Run):
    assert run().out.count("kentongan") >= 1
    for command in ("token", "call", "topics", "dlq", "contacts"):
        assert run(command, "--help").status in {0, None}
    wrong = run("nix")
    assert (wrong.status, wrong.err.count("\n")) == (2, 1)
