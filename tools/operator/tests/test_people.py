"""`kentongan contacts` about one person, applications, and `kentongan roster`, against a real server."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
SRI, SITI = "0812-0000-0001", "5f6f3a52-61a4-4bb7-8f0e-2ad7f3f0a001"


@pytest.mark.usefixtures("contacts")
def test_a_person_is_shown_with_consents(run: Run):
    out = run("contacts", "show", SRI).out
    assert "Bidan Sri" in out
    assert "midwife@33.17.09.2004" in out
    assert "1 Des 2026 07.00.00  routine  tidak   message" in out
    assert run("contacts", "show", SRI, "--json").data["consents"][0]["source"] == "message"


def test_phones_consents_and_deletion_are_asked_for_by_phone(run: Run, contacts: Any):
    said = run("contacts", "add-phone", SRI, "0812-0000-0002")
    assert said.out == "Dihubungi di +6281200000001; menulis juga dari 0812-0000-0002.\n"
    assert run("contacts", "consent", SRI, "whatsapp", "ya").out == "Dicatat.\n"
    assert run("contacts", "delete", SRI, "--reason", "atas permintaan").out == "Dihapus.\n"
    assert {request.contact_id for request in contacts.asked} == {SITI}
    assert [contacts.asked[1].given, contacts.asked[2].reason] == [True, "atas permintaan"]
    assert "isi ya atau tidak" in run("contacts", "consent", SRI, "whatsapp", "mungkin").err
    assert run("contacts", "delete", SRI).status == 2, "without a reason nobody is deleted"
    assert run("contacts", "show", "0812-0000-0009").status == 1


def test_applications_are_listed_to_the_last_page_and_approved_as_they_were_seen(run: Run, contacts: Any):
    assert [one["grant"]["role"] for one in run("contacts", "applications", "--json").data] == ["kader", "kader"]
    assert "Siti" in run("contacts", "applications").out
    assert run("contacts", "approve", SITI).out == "Siti: kader@33.17.12 disetujui.\n"
    assert (contacts.asked[0].grant.role, contacts.asked[0].grant.place) == ("kader", "33.17.12")
    assert "tidak menunggu jawaban" in run("contacts", "refuse", SRI).err


def test_the_roster_is_shown_set_and_changed(run: Run, rosters: Any):
    out = run("roster", "now", "bpbd_duty", "33.17").out
    assert "Pak Budi" in out
    assert "Bu Ani" in out
    assert run("roster", "list", "--json").data[0]["begins"] == "2026-12-01T00:00:00+00:00"
    assert run("roster", "list", "--role", "kader").out == "Belum ada giliran.\n"
    times = ("2026-12-01 07:00", "2026-12-01 19:00")
    assert run("roster", "set", "bpbd_duty", "33.17", SRI, *times, "--turn", "2").out == "Dipasang.\n"
    assert [(row.begins, row.turn) for row in rosters.rows] == [(times[0], "2")]
    assert "place: isi kode tempat" in run("roster", "set", "bpbd_duty", "", SRI, *times).err
    assert run("roster", "remove", SITI).out == "Dilepas.\n"
    assert run("roster", "remove", SRI).status == 1


def test_shifts_come_from_a_file_row_by_row(run: Run, rosters: Any, tmp_path: Path):
    path = tmp_path / "shifts.csv"
    row = f"bpbd_duty,33.17,{SRI},2026-12-01 07:00,2026-12-01 19:00\n"
    path.write_text("role,place,phone,begins,ends\n" + row * 250 + row.replace("33.17", ""))
    said = run("roster", "import", str(path), "--dry-run", "--json")
    assert (said.data["changed"], said.data["errors"][0]["row"], rosters.rows) == (250, 252, [])
    said = run("roster", "import", str(path))
    assert (said.status, len(rosters.rows)) == (1, 250)
    assert "252    place  isi kode tempat" in said.out
    assert "1 dari 251 baris ditolak" in said.err
