"""`kentongan whatsapp` against a real server."""

from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("whatsapp")


def test_the_account_is_told_in_words_and_as_json(run: Any, whatsapp: Any) -> None:
    said = run("whatsapp", "account")
    assert said.status == 0
    assert "Batas: 250 orang per 24 jam (dari setelan); sisa 200" in said.out
    assert "Jeda" not in said.out
    whatsapp.account.tier_told = True
    whatsapp.account.rests_until.FromSeconds(1_800_000_000)
    whatsapp.account.rests_why = "spam_limit"
    assert "kata akun" in run("whatsapp", "account").out
    assert "Jeda sampai 2027-01-15T08:00:00Z: spam_limit" in run("whatsapp", "account").out
    whatsapp.account.tier = 2**31 - 1
    assert "tanpa batas; sisa -" in run("whatsapp", "account").out
    assert run("whatsapp", "account", "--json").data["people_left"] == 200
    assert {grant.role for one in whatsapp.callers for grant in one.grants} == {"operator"}


def test_templates_say_what_keeps_them(run: Any, whatsapp: Any) -> None:
    said = run("whatsapp", "templates")
    assert (said.status, whatsapp.synced) == (0, [False])
    assert "telponi_offer" in said.out
    assert "status PAUSED; buttons 2, account 0" in said.out
    assert "old_campaign" not in said.out
    assert "belum pernah" in said.out
    assert "old_campaign" in run("whatsapp", "templates", "--all").out
    assert len(run("whatsapp", "templates", "--json").data["templates"]) == 2


def test_an_account_that_cannot_be_read_is_an_error_of_one_line(run: Any, whatsapp: Any) -> None:
    whatsapp.problem = "http 401 code 190"
    said = run("whatsapp", "templates", "--sync")
    assert (said.status, whatsapp.synced) == (1, [True])
    assert said.err == "Gagal: akun tidak terbaca: http 401 code 190\n"
    assert "telponi_offer" in said.out


def test_templates_are_handed_in_and_refusals_are_said(run: Any, whatsapp: Any) -> None:
    said = run("whatsapp", "submit", "telponi_offer")
    assert (said.status, whatsapp.submitted) == (0, ["telponi_offer"])
    assert "PENDING" in said.out
    refused = run("whatsapp", "submit")
    assert refused.status == 1
    assert "http 400 code 100" in refused.out
    assert refused.err == "Gagal: 1 dari 1 templat tidak diterima\n"
    assert run("whatsapp", "submit", "telponi_offer", "--json").data["templates"][0]["status"] == "PENDING"
