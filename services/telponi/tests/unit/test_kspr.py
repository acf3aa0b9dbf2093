import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telponi.adapters.kspr_published import published
from telponi.domain.gestation import Gestation
from telponi.domain.gpa import Gpa
from telponi.domain.kspr import Facts, RiskClass, Screening, in_order, screen
from telponi.domain.kspr_rows import FACTOR_WORDS, ROWS, VERSION

PUBLISHED = Path(__file__).parents[2] / "published"
VECTORS = json.loads((PUBLISHED / "kspr-vectors.json").read_text())

facts = st.builds(
    Facts,
    age_years=st.integers(10, 60),
    gpa=st.none() | st.builds(lambda p, a: Gpa(p + a + 1, p, a), st.integers(0, 8), st.integers(0, 8)),
    height_cm=st.none() | st.integers(100, 220),
    years_married=st.none() | st.integers(0, 30),
    years_since_birth=st.none() | st.integers(0, 30),
    gestation=st.none() | st.builds(Gestation, st.integers(0, 308)),
    ticked=st.frozensets(st.sampled_from(sorted(FACTOR_WORDS.values()))),
)


def facts_of(given_facts: dict[str, Any]) -> Facts:
    known = dict(given_facts)
    if "gpa" in known:
        known["gpa"] = Gpa(*known["gpa"])
    if "gestation_days" in known:
        known["gestation"] = Gestation(known.pop("gestation_days"))
    return Facts(**{**known, "ticked": frozenset(known["ticked"])})


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["name"])
def test_the_published_vectors_hold(vector: dict[str, Any]) -> None:
    result = screen(facts_of(vector["facts"]), Screening(VERSION, in_order(vector["before"])))
    assert list(result.rows) == vector["rows"]
    assert (result.score, result.risk.name) == (vector["score"], vector["class"])


def test_what_is_published_is_what_is_computed() -> None:
    assert json.loads((PUBLISHED / "kspr.json").read_text()) == published()
    assert VECTORS["version"] == VERSION


def test_every_row_stands_in_a_vector() -> None:
    assert {row for vector in VECTORS["vectors"] for row in vector["rows"]} == set(ROWS)


def test_the_card_is_complete() -> None:
    numbers = {row.rstrip("abcd") for row in ROWS}
    assert numbers == {str(number) for number in range(1, 21)}
    assert {row for row, one in ROWS.items() if one.points == 8} == {"10", "17", "18", "19", "20"}
    assert all(one.points in {4, 8} for one in ROWS.values())


@given(facts)
def test_a_score_is_even_at_least_2_and_explained_by_its_rows(one: Facts) -> None:
    result = screen(one)
    assert result.score == 2 + sum(ROWS[row].points for row in result.rows)
    assert result.score % 2 == 0
    assert not {"2b", "6"} <= set(result.rows)


@given(st.lists(facts, min_size=1, max_size=6))
def test_a_score_never_falls_whatever_is_told_next(story: list[Facts]) -> None:
    screening = screen(story[0])
    for one in story[1:]:
        after = screen(one, screening)
        assert after.score >= screening.score
        assert screen(one, after) == after
        screening = after


@pytest.mark.parametrize(
    ("score", "risk"), [(2, "KRR"), (6, "KRT"), (10, "KRT"), (12, "KRST"), (14, "KRST"), (110, "KRST")]
)
def test_classes(score: int, risk: str) -> None:
    assert RiskClass.of(score).name == risk
