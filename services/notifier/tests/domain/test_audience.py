from typing import Any

import pytest

from notifier.domain.audience import Group, Reach, chosen_for, inside_keys, keys_of
from notifier.domain.contact import Grant

VILLAGE, DISTRICT, REGENCY = "33.17.09.2004", "33.17.09", "33.17"


@pytest.mark.parametrize(
    ("held_at", "asked_at", "reach", "told"),
    [
        (VILLAGE, VILLAGE, Reach.SERVING, True),
        (DISTRICT, VILLAGE, Reach.SERVING, True),
        (REGENCY, VILLAGE, Reach.SERVING, True),
        (VILLAGE, DISTRICT, Reach.SERVING, False),
        ("33.17.09.2005", VILLAGE, Reach.SERVING, False),
        (VILLAGE, DISTRICT, Reach.WITHIN, True),
        (VILLAGE, REGENCY, Reach.WITHIN, True),
        (DISTRICT, VILLAGE, Reach.WITHIN, False),
        ("33.17.1", "33.17.12", Reach.SERVING, False),
        ("P3317070101", "P3317070101", Reach.SERVING, True),
        ("P3317070101", "P3317070102", Reach.SERVING, False),
    ],
)
def test_places_are_compared_by_reach(held_at: str, asked_at: str, reach: Reach, told: Any) -> None:
    grant = Grant("midwife", held_at)
    keys = keys_of([Group("midwife", asked_at, reach)])
    found = bool(keys.held & {str(grant)}) or bool(keys.inside & set(inside_keys([grant])))
    assert found is told
    assert chosen_for([grant], keys) == (grant if told else None)


def test_duty_roles_count_on_duty_only() -> None:
    keys = keys_of([Group("bpbd_duty", VILLAGE, Reach.SERVING), Group("village_head", VILLAGE, Reach.SERVING)])
    assert f"bpbd_duty@{REGENCY}" in keys.held_duty
    assert f"village_head@{VILLAGE}" in keys.held
    assert not keys.held & keys.held_duty


def test_another_role_at_the_place_is_not_told() -> None:
    keys = keys_of([Group("midwife", VILLAGE, Reach.SERVING)])
    assert chosen_for([Grant("kader", VILLAGE)], keys) is None
