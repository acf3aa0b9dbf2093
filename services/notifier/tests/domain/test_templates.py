"""Every text of the region pack: well written, its values used, and how many SMS it takes."""

import warnings
from pathlib import Path

import pytest

from chassis.region.pack import Region
from notifier.adapters.templates import REPLY, Templates
from notifier.domain.template import LONGEST, BadValueError, Template, TextButton, fill, names_in
from notifier.domain.text.parts import part_count

REGION = Region.load(Path(__file__).parents[4] / "regions/33.17")
TEXTS = Templates.of(REGION)
USUAL = {
    "code": "M2K7P",
    "int": "60",
    "date": "12-03-2026",
    "time": "14.30",
    "short": "Ny. S",
    "place": "Sendangmulyo",
}


def usual(template: Template) -> dict[str, str]:
    return {name: USUAL.get(kind, "perdarahan, kejang") for name, kind in template.values.items()}


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


@pytest.mark.parametrize("name", [name for name in TEXTS.names() if name != REPLY])
def test_a_text_takes_at_most_two_sms(name: str) -> None:
    text = TEXTS[name].render(usual(TEXTS[name])).text
    count = part_count(text)
    if count > 1:
        warnings.warn(f"{name} takes {count} SMS at its usual length ({len(text)} characters)", stacklevel=1)
    assert count <= 2


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
