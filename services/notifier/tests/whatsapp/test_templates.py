"""The account's templates: read, judged, compared with the region pack, handed in."""

from dataclasses import replace
from pathlib import Path

import pytest

from chassis.region.pack import Region
from notifier.adapters.templates import Templates
from notifier.adapters.whatsapp.account_template import AccountTemplate, news_of, template_of
from notifier.adapters.whatsapp.fitting import handed_in, wanted_of
from notifier.adapters.whatsapp.registry import Registry
from notifier.application.outgoing import TemplateMessage
from notifier.domain.template import Approved, Template, TextButton

OFFER = Template(
    service="telponi",
    text="{code}: rujukan karena {reason}, {code} di {village}",
    values={"code": "code", "reason": "text", "village": "place"},
    buttons=(TextButton("Terima", "TERIMA {code}"), TextButton("Tolak", "TOLAK {code}")),
    approved=Approved("telponi_offer", "id", ("reason", "code", "village")),
)
[WANTED] = wanted_of([OFFER, replace(OFFER, approved=None)])
KNOWN = template_of({"id": 7, "status": "approved", **handed_in(WANTED)})
SENT = TemplateMessage("telponi_offer", "id", ("a", "b", "c"), ("TERIMA X", "TOLAK X"))


def registry(*known: AccountTemplate, complete: bool = True) -> Registry:
    made = Registry([WANTED])
    made.take(known, complete=complete)
    return made


def test_a_text_is_handed_in_so_that_meta_takes_it() -> None:
    made = handed_in(WANTED)
    body, buttons = made["components"]
    assert body["text"] == "Kentongan: {{2}}: rujukan karena {{1}}, {{2}} di {{3}}."  # never first, never last
    assert body["example"] == {"body_text": [["keterangan singkat", "R2K7P", "Sendangmulyo Kragan"]]}
    assert [one["text"] for one in buttons["buttons"]] == ["Terima", "Tolak"]
    assert (made["name"], made["language"], made["category"]) == ("telponi_offer", "id", "UTILITY")


def test_every_text_of_the_region_can_be_handed_in_and_then_fits() -> None:
    texts = Templates.of(Region.load(Path(__file__).parents[4] / "regions/33.17"))
    wanted = wanted_of(texts[name] for name in texts.names())
    assert len(wanted) > 10
    made = Registry(wanted)
    made.take([template_of({"status": "APPROVED", **handed_in(one)}) for one in wanted], complete=True)
    assert made.unfit() == ()
    for one in wanted:
        body = handed_in(one)["components"][0]["text"]
        assert not body.startswith("{{")
        assert not body.endswith("}}")
        assert len(body) <= 1024
        assert all(len(title) <= 25 for title in one.titles)


def test_until_the_account_told_the_region_pack_is_believed() -> None:
    assert registry(complete=False).refusal(SENT) == ""
    assert registry(complete=False).unfit() == ()
    assert registry(complete=True).refusal(SENT) == ""  # it lists nothing at all: it does not tell


@pytest.mark.parametrize(
    "status", ["PENDING", "REJECTED", "PAUSED", "DISABLED", "IN_APPEAL", "DELETED", "SOMETHING_NEW"]
)
def test_only_what_is_approved_goes_out(status: str) -> None:
    assert registry(KNOWN).refusal(SENT) == ""
    stopped = registry(replace(KNOWN, status=status))
    assert stopped.refusal(SENT) == "template_not_approved"
    assert stopped.unfit() == (f"telponi_offer: status {status}",)


def test_what_the_account_has_not_does_not_go_out() -> None:
    other = replace(KNOWN, language="en")
    assert registry(other).refusal(SENT) == "template_not_approved"
    assert registry(other).unfit() == ("telponi_offer: missing",)
    assert registry(other, complete=False).refusal(SENT) == ""


@pytest.mark.parametrize(
    ("components", "told"),
    [
        ([{"type": "BODY", "text": "{{1}} {{2}}"}], "parameters 3, account 1, 2; buttons 2, account 0"),
        (
            [{"type": "BODY", "text": "{{1}} {{2}} {{name}}"}],
            "parameters 3, account 1, 2, name; buttons 2, account 0",
        ),
        (
            [
                {"type": "HEADER", "text": "{{1}}"},
                {"type": "BODY", "text": "{{1}} {{2}} {{3}}"},
                {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "a"}, {"type": "QUICK_REPLY"}]},
            ],
            "parameters 3, account 1, 2, 3, header 1",
        ),
        (
            [
                {"type": "BODY", "text": "{{1}} {{2}} {{3}}"},
                {
                    "type": "BUTTONS",
                    "buttons": [{"type": "URL", "url": "https://x/{{1}}"}, 5, {"type": "QUICK_REPLY"}],
                },
            ],
            "parameters 3, account 1, 2, 3, url 1; buttons 2, account 1",
        ),
        ([5, {"type": "BUTTONS", "buttons": 7}], "parameters 3, account none; buttons 2, account 0"),
    ],
)
def test_a_template_that_is_another_one_does_not_go_out(components: list, told: str, caplog) -> None:
    other = registry(
        template_of({"name": "telponi_offer", "language": "id", "status": "APPROVED", "components": components})
    )
    assert other.refusal(SENT) == "template_differs"
    assert other.unfit() == other.unfit() == (f"telponi_offer: {told}",)
    assert sum("cannot be sent" in line for line in caplog.messages) == 1


def test_an_offer_with_buttons_of_its_own_must_fit_too() -> None:
    assert registry(KNOWN).refusal(replace(SENT, payloads=("TERIMA X",))) == "template_differs"
    assert registry(KNOWN).refusal(replace(SENT, parameters=("a",))) == "template_differs"


def test_what_only_news_told_of_is_judged_by_its_status() -> None:
    assert registry(replace(KNOWN, components=None), complete=False).refusal(SENT) == ""
    assert registry(replace(KNOWN, components=None, status=""), complete=False).refusal(SENT) == ""
    stopped = registry(replace(KNOWN, components=None, status="PAUSED"), complete=False)
    assert stopped.refusal(SENT) == "template_not_approved"


@pytest.mark.parametrize("given", [None, 5, {}, {"name": "a"}, {"name": 7, "language": "id"}])
def test_what_is_no_template_is_left_out(given: object) -> None:
    assert template_of(given) is None


NEWS = {"message_template_name": "t", "message_template_language": "id", "message_template_id": 5}


@pytest.mark.parametrize(
    ("field", "more", "status", "category", "quality"),
    [
        ("message_template_status_update", {"event": "PAUSED", "reason": "QUALITY"}, "PAUSED", None, None),
        ("message_template_status_update", {"event": "APPROVED", "reason": "NONE"}, "APPROVED", None, None),
        ("message_template_status_update", {"event": "REINSTATED"}, "APPROVED", None, None),
        ("message_template_status_update", {"event": "FLAGGED"}, "APPROVED", None, None),
        ("message_template_status_update", {"event": 5}, None, None, None),
        ("message_template_quality_update", {"new_quality_score": "RED"}, None, None, "RED"),
        ("template_category_update", {"new_category": "MARKETING"}, None, "MARKETING", None),
    ],
)
def test_news_of_a_template(field: str, more: dict, status, category, quality) -> None:
    news = news_of(field, NEWS | more)
    assert (news.name, news.language, news.account_id) == ("t", "id", "5")
    assert (news.status, news.category, news.quality) == (status, category, quality)


def test_news_of_something_else_are_none() -> None:
    assert news_of("account_update", NEWS) is None
    assert news_of("message_template_status_update", {"event": "PAUSED"}) is None
