"""Chains as data: their order, their times, and what is refused when the region pack is read."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from chassis.region.pack import Region
from notifier.adapters.chains import BadChainError, around, read_chains
from notifier.adapters.templates import Templates
from notifier.domain.escalation import Chain, Step, What

PACK = Path(__file__).parents[4] / "regions/33.17"
REGION = Region.load(PACK)
NAMES = Templates.of(REGION).names()
AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_the_regions_chains_escalate_incidents_and_leave_offers_to_their_services() -> None:
    chains = read_chains(REGION, NAMES)
    steps = [step.what for step in chains.of("destana.incident").steps]
    assert steps == [What.OTHER_CHANNEL, What.NEXT_ON_ROSTER, What.SUPERIOR, What.SUPERIOR]
    assert [step.what for step in chains.of("telponi.referral_unanswered").steps] == list(What)
    for offer in ("telponi.referral_offer", "gareng_mesem.pickup_offer"):
        assert chains.of(offer).steps == ()


def test_who_is_above_whom() -> None:
    chains = read_chains(REGION, NAMES)
    assert chains.above("village_head") == ["bpbd_duty", "bpbd_commander"]
    assert chains.above("collector") == ["field_supervisor", "dlh_officer"]
    assert chains.above("resident") == []
    assert around(REGION)("33.17.12.2002") == ["33.17.12.2002", "33.17.12", "33.17", "33"]
    assert around(REGION)("P3317120101")[:2] == ["P3317120101", "33.17.12.2011"]


def test_a_chain_runs_gives_up_and_then_waits_for_the_alerts_end() -> None:
    chain = Chain((Step(MINUTE, What.OTHER_CHANNEL), Step(3 * MINUTE, What.SUPERIOR)), 5 * MINUTE)
    end = AT + timedelta(hours=1)
    assert [chain.due(number, AT, end) - AT for number in (1, 2, 3, 4)] == [MINUTE, 3 * MINUTE, 5 * MINUTE, end - AT]
    assert [chain.step(number) for number in (2, 3)] == [chain.steps[1], None]
    assert (chain.over, Chain().over) == (4, 1)
    assert chain.due(2, AT, AT + 2 * MINUTE) == AT + 2 * MINUTE, "nothing is due after the alert's end"
    assert Chain().due(1, AT, end) == end


def test_clocks_can_be_overridden_for_a_trial() -> None:
    short = Region.load(PACK, {"notifier.incident_other_channel": timedelta(seconds=5)})
    assert read_chains(short, NAMES).of("destana.incident").steps[0].after == timedelta(seconds=5)


STEP = {"after": "notifier.silent_superior", "what": "superior"}
FAULTS: list[tuple[tuple[Any, ...], Any, str]] = [
    (("default", "steps", 1, "what"), "shout", "default, step 2: what: 'shout' is none of other_channel, next_on"),
    (("default", "steps", 0, "after"), "5m", "default, step 1, after: '5m' is no clock of region.yaml"),
    (("default", "steps", 0), {"after": "notifier.silent_superior"}, "default, step 1: what is missing"),
    (("default", "steps", 0), {**STEP, "who": "kades"}, "default, step 1: 'who' is not known here"),
    (("default", "steps", 0), STEP, "default, step 2: comes after 0:06:00, before step 1"),
    (("default", "steps"), "superior", "default: steps is no list"),
    (("default", "gives_up"), "notifier.silent_superior", "default, gives_up: 0:10:00 is not later"),
    (("default", "gives_up"), None, "default, gives_up: None is no clock"),
    (("templates", "destana.flood"), {"steps": []}, "templates: 'destana.flood' is not known here"),
    (("templates", "destana.incident", "steps", 3), "superior", "destana.incident, step 4: is no mapping"),
    (("superiors", "bpbd_commander"), "village_head", "superiors: bpbd_commander leads back to bpbd_commander"),
    (("superiors",), ["bpbd_duty"], "superiors: is no mapping of a role"),
    (("extra",), {}, "the file: 'extra' is not known here"),
]


@pytest.mark.parametrize(("where", "value", "told"), FAULTS, ids=[fault[2] for fault in FAULTS])
def test_what_is_not_well_written_is_refused_in_a_line_that_names_the_step(
    tmp_path: Path, where: tuple[Any, ...], value: Any, told: str
) -> None:
    given = yaml.safe_load((PACK / "escalation.yaml").read_text())
    inner = given
    for key in where[:-1]:
        inner = inner[key]
    inner[where[-1]] = value
    (tmp_path / "escalation.yaml").write_text(yaml.safe_dump(given))
    with pytest.raises(BadChainError) as refused:
        read_chains(replace(REGION, folder=tmp_path), NAMES)
    assert str(refused.value).startswith(f"escalation.yaml: {told}")
    assert "\n" not in str(refused.value)
