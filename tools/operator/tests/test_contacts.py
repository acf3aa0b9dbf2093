"""`kentongan contacts import` and `export` against a real server."""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from operator_cli import commands_contacts, importing

Run = Callable[..., Any]
HEADER = "phone,name,role,place,channel\n"
EXPORTED = (
    "\ufeffphone,name,role,place,channel,language,further_phones,routine,whatsapp,on_duty,contact_id,applied_for"
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    rows = [f"0812-0000-{number:04},Kader {number},kader,33.17.09.2004,sms\n" for number in range(1250)]
    path.write_text(HEADER + "".join(rows))
    return path


def test_a_file_is_taken_in_batches_and_comes_out_again(run: Run, contacts: Any, file: Path, tmp_path: Path):
    said = run("contacts", "import", str(file))
    assert (said.status, said.out) == (0, "1250 orang baru, 0 berubah, 0 tetap.\n")
    assert len(set(contacts.keys)) == 5
    out = run("contacts", "export").out
    assert out.splitlines()[0] == EXPORTED
    assert out.splitlines()[1] == "0812-0000-0000,Kader 0,kader,33.17.09.2004,sms,,,,,,,"
    kept = tmp_path / "out.csv"
    assert run("contacts", "export", "--to", str(kept)).out == f"1250 baris ditulis ke {kept}\n"
    assert (kept.read_text("utf-8"), kept.stat().st_mode & 0o777) == (out, 0o600)
    contacts.rows.clear()
    assert run("contacts", "import", str(kept)).out.startswith("1250 orang baru")


def test_the_same_file_again_changes_nothing_and_says_so(run: Run, contacts: Any, file: Path):
    run("contacts", "import", str(file))
    said = run("contacts", "import", str(file))
    assert said.status == 0
    assert said.out.startswith("1250 baris berkas ini sudah masuk (1 Des 2026 07.00.00) dan dilewati; tidak ada lagi")
    assert len(contacts.rows) == 1250
    assert run("contacts", "import", str(file), "--json").data["skipped"] == 1250
    run("contacts", "import", str(file), "--again")
    assert len(contacts.rows) == 2500


def test_an_import_that_broke_off_goes_on_where_it_was(
    run: Run, contacts: Any, file: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(importing, "PATIENCE_S", 0.0)
    contacts.away_at = 1002
    broken = run("contacts", "import", str(file))
    assert broken.status == 1
    assert len(contacts.rows) == 1000
    said = run("contacts", "import", str(file))
    assert said.status == 0
    assert "1000 baris berkas ini sudah masuk" in said.out
    assert "diteruskan dari baris 1002." in said.out
    assert said.out.endswith("1250 orang baru, 0 berubah, 0 tetap.\n")
    assert len({row.phone for row in contacts.rows}) == len(contacts.rows) == 1250


def test_a_server_that_is_away_for_a_moment_is_waited_for(run: Run, contacts: Any, file: Path):
    contacts.away_at = 752
    assert run("contacts", "import", str(file)).status == 0
    assert len(contacts.rows) == 1250


@pytest.mark.usefixtures("contacts")
def test_a_person_sees_how_far_it_is_and_a_program_does_not(
    run: Run, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    kept = ("contacts", "export", "--to", str(tmp_path / "out.csv"))
    assert (run("contacts", "import", str(file)).err, run(*kept).err) == ("", "")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert re.search(r"Memasukkan.*100%", run("contacts", "import", str(file), "--again").err)
    assert re.search(r"Mengeluarkan.*2500 baris", run(*kept).err)


def test_a_dry_run_keeps_nothing(run: Run, contacts: Any, file: Path):
    said = run("contacts", "import", str(file), "--dry-run")
    assert said.out.startswith("Percobaan, tidak ada yang disimpan: 1250 orang baru")
    assert (contacts.rows, contacts.files) == ([], {})


def test_a_bad_row_is_named_by_its_number_also_when_the_file_comes_again(run: Run, contacts: Any, file: Path):
    text = file.read_text().replace("0812-0000-0300", "12345")
    file.write_text(text)
    wrong = [{"row": 302, "field": "phone", "rule": "phone", "message": "tulis 08…"}]
    assert text.splitlines()[301].startswith("12345")
    for _ in range(2):
        said = run("contacts", "import", str(file), "--json")
        assert said.status == 1
        assert said.data["errors"] == wrong
        assert json.loads(said.err)["error"]["message"] == "1 dari 1250 baris ditolak"
    assert len(contacts.rows) == 1249


def test_cells_that_a_spreadsheet_would_calculate_are_defused_and_come_back(run: Run, contacts: Any, tmp_path: Path):
    path, kept = tmp_path / "odd.csv", tmp_path / "out.csv"
    names = ["=1+1", "+62", "-3", "@sum", "'aman", "biasa"]
    path.write_text(HEADER + "".join(f"+6281200000001,{name},kader,33.17,sms\n" for name in names))
    run("contacts", "import", str(path))
    run("contacts", "export", "--to", str(kept))
    lines = kept.read_text("utf-8").splitlines()[1:]
    assert [line.split(",")[1] for line in lines] == ["'=1+1", "'+62", "'-3", "'@sum", "'aman", "biasa"]
    assert all(line.startswith("'+6281200000001,") for line in lines)
    contacts.rows.clear()
    run("contacts", "import", str(kept))
    assert [(row.phone, row.name) for row in contacts.rows] == [("+6281200000001", name) for name in names]


def test_a_file_is_never_held_whole(run: Run, contacts: Any, file: Path, monkeypatch: pytest.MonkeyPatch):
    waiting: list[int] = []
    real = commands_contacts.patiently

    def patiently(ask: Any, method: Any, request: Any) -> Any:
        waiting.append(len(getattr(request, "rows", ())))
        return real(ask, method, request)

    monkeypatch.setattr(commands_contacts, "patiently", patiently)
    run("contacts", "import", str(file))
    assert waiting == [0, 250, 250, 250, 250, 250]
    assert len(contacts.rows) == 1250


@pytest.mark.usefixtures("contacts")
@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("name,role\n", "tidak ada kolom phone, place, channel"),
        ("", "tidak ada kolom"),
        (None, "tidak terbaca"),
        (HEADER.strip() + ",bahasa\n", "kolom bahasa tidak dikenal; yang ada phone,name,role,place,channel, boleh"),
        (HEADER + "0812,a,kader,33.17\n", "baris 2 tidak punya sel sebanyak kolomnya"),
        (HEADER + "0812,a,kader,33.17,sms\n0812,a,kader,33.17,sms,jv\n", "baris 3 tidak punya sel"),
        (HEADER + f"0812,{'a' * 2001},kader,33.17,sms\n", "baris 2 kolom name lebih dari 2000 huruf"),
        (HEADER + '0812,"a,kader,33.17,sms\n', "bukan CSV"),
    ],
)
def test_a_file_that_is_none_is_said(run: Run, tmp_path: Path, text: str | None, line: str):
    path = tmp_path / "bad.csv"
    if text is not None:
        path.write_text(text)
    said = run("contacts", "import", str(path))
    assert (said.status, said.err.count("\n")) == (1, 1)
    assert line in said.err
