"""`kentongan contacts` against a real server."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
HEADER = "phone,name,role,place,channel\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    rows = [f"0812-0000-{number:04},Kader {number},kader,33.17.09.2004,sms\n" for number in range(450)]
    path.write_text(HEADER + "".join(rows))
    return path


def test_a_file_is_taken_in_batches_and_comes_out_the_same(run: Run, contacts: Any, file: Path, tmp_path: Path):
    said = run("contacts", "import", str(file))
    assert (said.status, said.out) == (0, "450 orang baru, 0 berubah, 0 tetap.\n")
    assert len(set(contacts.keys)) == 3
    assert run("contacts", "export").out == file.read_text()
    kept = tmp_path / "out.csv"
    run("contacts", "export", "--to", str(kept))
    assert (kept.read_text(), kept.stat().st_mode & 0o777) == (file.read_text(), 0o600)


def test_a_dry_run_keeps_nothing(run: Run, contacts: Any, file: Path):
    said = run("contacts", "import", str(file), "--dry-run")
    assert said.out.startswith("Percobaan, tidak ada yang disimpan: 450 orang baru")
    assert contacts.rows == []


def test_a_bad_row_is_named_by_its_number_and_the_rest_is_taken(run: Run, contacts: Any, file: Path):
    text = file.read_text().replace("0812-0000-0300", "12345")
    file.write_text(text)
    said = run("contacts", "import", str(file), "--json")
    assert said.status == 1
    assert said.data["errors"] == [{"row": 302, "field": "phone", "rule": "phone", "message": "tulis 08…"}]
    assert text.splitlines()[301].startswith("12345")
    assert len(contacts.rows) == 449
    assert "1 dari 450 baris ditolak" in run("contacts", "import", str(file)).err


@pytest.mark.usefixtures("contacts")
@pytest.mark.parametrize(
    ("text", "line"),
    [("name,role\n", "tidak ada kolom phone, place, channel"), ("", "tidak ada kolom"), (None, "tidak terbaca")],
)
def test_a_file_that_is_none_is_said(run: Run, tmp_path: Path, text: str | None, line: str):
    path = tmp_path / "bad.csv"
    if text is not None:
        path.write_text(text)
    said = run("contacts", "import", str(path))
    assert (said.status, said.err.count("\n")) == (1, 1)
    assert line in said.err
