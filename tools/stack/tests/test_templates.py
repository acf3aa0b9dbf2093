import re
from pathlib import Path

import pytest
import yaml

from chassis.kafka import administration, catalogue
from stack import processes, topics, whatsapp_templates
from stack.home import CHECKOUT, Home
from stack.secret_files import OPERATOR, make_secrets

OFFER = """
offer:
  text: "RUJUKAN {code}: {reason}, lagi {code}"
  values: {code: code, reason: text}
  buttons:
    - {title: Terima, payload: "TERIMA {code}"}
    - {title: Tolak, payload: "TOLAK {code}"}
  whatsapp: {name: telponi_offer, language: id, body: [reason, code]}
menu:
  text: "MENU"
  values: {}
"""


def test_a_text_becomes_the_account_s_template(tmp_path: Path) -> None:
    (tmp_path / "telponi.yaml").write_text(OFFER)
    assert whatsapp_templates.read(tmp_path) == [
        {
            "name": "telponi_offer",
            "language": "id",
            "category": "UTILITY",
            "components": [
                {"type": "BODY", "text": "RUJUKAN {{2}}: {{1}}, lagi {{2}}"},
                {
                    "type": "BUTTONS",
                    "buttons": [{"type": "QUICK_REPLY", "text": "Terima"}, {"type": "QUICK_REPLY", "text": "Tolak"}],
                },
            ],
        }
    ]


def test_every_template_of_the_region_has_as_many_slots_as_values() -> None:
    made = whatsapp_templates.read(whatsapp_templates.FOLDER)
    assert len(made) > 10
    assert len({template["name"] for template in made}) == len(made)
    files = [yaml.safe_load(file.read_text()) for file in whatsapp_templates.FOLDER.glob("*.yaml")]
    accounts = [text["whatsapp"] for file in files for text in file.values() if text.get("whatsapp")]
    values = {account["name"]: len(account["body"]) for account in accounts}
    slots = {one["name"]: len(set(re.findall(r"{{(\d+)}}", one["components"][0]["text"]))) for one in made}
    assert slots == values


def test_a_handset_that_is_away_is_told_of_and_stops_nobody(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = Home(tmp_path, 1)  # nobody listens there
    home.make_folders()
    make_secrets(home.secrets)
    whatsapp_templates.register(home)
    assert "the handset did not take the WhatsApp templates" in capsys.readouterr().out


def test_only_the_handset_s_account_is_asked_for_its_templates_unbidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path, 9400)
    home.make_folders()
    make_secrets(home.secrets)
    notifier = next(service for service in processes.SERVICES if service.name == "notifier")
    monkeypatch.delenv("KENTONGAN_WHATSAPP_URL", raising=False)
    assert processes.environment(home, notifier)["KENTONGAN_WHATSAPP_BUSINESS_ID"] == processes.BUSINESS_ID
    monkeypatch.setenv("KENTONGAN_WHATSAPP_URL", "https://graph.example/v23.0")
    assert "KENTONGAN_WHATSAPP_BUSINESS_ID" not in processes.environment(home, notifier)


def test_the_handset_is_told_all_kinds_of_places(tmp_path: Path) -> None:
    home = Home(tmp_path, 9400)
    home.make_folders()
    make_secrets(home.secrets)
    handset = next(service for service in processes.SERVICES if service.name == "handset")
    files = [Path(name) for name in processes.environment(home, handset)["HANDSET_PLACES"].split(",")]
    assert [file.stem for file in files] == ["villages", "facilities", "districts"]
    assert all(file.is_file() for file in files)


def test_the_operator_may_read_and_write_all_and_nobody_else_gains() -> None:
    plain = catalogue.load(CHECKOUT / "proto/topics")
    ours = topics.with_operator(plain)
    for service in plain.services:
        assert set(administration.service_acls(ours, service)) == set(administration.service_acls(plain, service))
    names = {rule.resource_pattern.resource_name for rule in administration.service_acls(ours, OPERATOR)}
    assert set(plain.topics) | {OPERATOR} <= names
