"""Every text of the region pack: well written, its values used, and how many SMS it takes."""

import re
import shutil
import warnings
from dataclasses import replace
from pathlib import Path

import pytest

from chassis.region.pack import Region
from notifier.adapters.template_lint import main
from notifier.adapters.templates import Templates
from notifier.domain.template import LONGEST, USUAL, BadValueError, Template, TextButton, fill, names_in
from notifier.domain.template_lint import look_at

REGION = Region.load(Path(__file__).parents[4] / "regions/33.17")
TEXTS = Templates.of(REGION)


def usual(template: Template) -> dict[str, str]:
    return {name: USUAL[kind] for name, kind in template.values.items()}


@pytest.mark.parametrize("name", TEXTS.names())
def test_a_text_uses_the_values_it_names_and_no_others(name: str) -> None:
    template = TEXTS[name]
    used = names_in(template.text).union(*(names_in(b.title + b.payload) for b in template.buttons))
    body = set(template.approved.body) if template.approved else set()
    assert used <= set(template.values)
    assert body <= set(template.values)
    assert set(template.values.values()) <= set(LONGEST)
    assert len(template.buttons) <= 3
    template.check(usual(template))
    assert all(len(fill(b.title, usual(template))) <= 20 for b in template.buttons)


@pytest.mark.parametrize("name", TEXTS.names())
def test_a_text_takes_as_many_sms_as_it_says(name: str) -> None:
    found = look_at(name, TEXTS[name])
    for told in found.warnings():
        warnings.warn(told, stacklevel=1)
    assert not list(found.errors())


def text(words: str, parts: int | None = None, why: str = "", **values: str) -> list[str]:
    found = look_at("one", Template("destana", words, values, parts=parts, why=why))
    return [*found.errors(), *(f"warning {told}" for told in found.warnings())]


def test_the_lint_refuses_what_takes_too_many_parts_or_ucs2_without_saying_why() -> None:
    assert text("SIAGA {place}", place="place") == []
    assert text("SIAGA " + "x" * 200) == [
        "warning one: 2 parts at its usual length: two SMS may come alone, or out of order"
    ]
    [told, _] = text("x" * 307)
    assert told == "one: 3 parts at its longest, allowed are 2"
    assert text("x" * 120 + "{a} {b}", a="text", b="text") == ["one: 3 parts at its longest, allowed are 2"]
    assert text("x" * 120 + "{a} {b}", parts=3, why="both", a="text", b="text") == []
    assert text("x" * 120 + "{a} {b}", parts=3, a="text", b="text") == ["one: parts: 3 needs a why"]
    assert text("SIAGA", parts=3, why="was longer") == ["one: parts: 3 is more than the 1 that it can take"]
    [told] = text("SIAGA \u2013 naik\u2026")
    assert told.startswith("one: GSM-7 has no \u2013 U+2013, \u2026 U+2026")
    assert text("SIAGA \u26a0", parts=1, why="the sign is known by those who cannot read") == []
    [told] = text("{a}" * 5, parts=6, why="?", a="text")
    assert told == "one: 12 parts at its longest, carriers are given 10 at most"


def test_the_lint_fails_a_pack_and_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(REGION.folder, whole=True) == 0
    assert "telponi.referral_offer" in capsys.readouterr().out
    pack = tmp_path / "33.17"
    shutil.copytree(REGION.folder, pack)
    (pack / "templates/destana.yaml").write_text('bad: {text: "AWAS \u201cbanjir\u201d"}\n')
    assert main(pack, whole=False) == 1
    assert "error: destana.bad: GSM-7 has no" in capsys.readouterr().out


def typed(text: str) -> set[str]:
    """The words that a person is asked to type."""
    return set(re.findall(r"\b(?:SIAP|TERIMA|TOLAK|MULAI|STOP)\b", text))


TRANSLATED = [(name, language) for name in TEXTS.names() for language in TEXTS[name].texts]


@pytest.mark.parametrize(("name", "language"), TRANSLATED)
def test_a_text_says_the_same_in_every_language_and_takes_no_more_sms_than_it_says(name: str, language: str) -> None:
    template = TEXTS[name]
    assert names_in(template.texts[language]) == names_in(template.text)
    assert typed(template.texts[language]) == typed(template.text)
    assert not list(look_at(name, replace(template, text=template.texts[language])).errors())


def test_warnings_come_in_javanese_and_english_and_else_in_indonesian() -> None:
    assert ("destana.incident", "jv") in TRANSLATED
    values = usual(TEXTS["destana.incident"])
    javanese, english = (TEXTS.render("destana.incident", values, language) for language in ("jv", "en"))
    assert javanese.text.endswith("Balesi SIAP M2K7P")
    assert english.text.endswith("Reply SIAP M2K7P")
    assert english.buttons == TEXTS.render("destana.incident", values).buttons
    offer = usual(TEXTS["telponi.referral_offer"])
    assert TEXTS.render("telponi.referral_offer", offer, "jv") == TEXTS.render("telponi.referral_offer", offer)


def test_a_language_that_nobody_knows_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/destana.yaml").write_text('incident: {text: "a", texts: {xx: "b"}}')
    with pytest.raises(ValueError, match="texts in xx: only en, jv are known"):
        Templates.of(replace(REGION, folder=tmp_path))


def test_values_are_checked_when_the_alert_is_raised() -> None:
    template = Template("destana", "{n} {code}", {"n": "int", "code": "code"}, (TextButton("Siap", "SIAP {code}"),))
    template.check({"n": "3", "code": "B2K7P"})
    for wrong in (
        {"n": "3"},
        {"n": "x", "code": "B2K7P"},
        {"n": "3", "code": "B2K7PX"},
        {"n": "3", "code": "B", "y": ""},
    ):
        with pytest.raises(BadValueError):
            template.check(wrong)


def test_braces_in_a_value_stay_as_they_are() -> None:
    assert fill("{a} {b}", {"a": "{b}", "b": "2"}) == "{b} 2"
