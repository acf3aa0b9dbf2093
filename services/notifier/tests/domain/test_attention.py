"""What a digest says, and when it is its time."""

from datetime import UTC, date, datetime, time
from pathlib import Path
from shutil import copytree
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.region.pack import Region
from notifier.adapters.rules import planning_rules, read_budget
from notifier.domain.attention import ROOM, Attention, cut, digest_of

REGION = Region.load(Path(__file__).parents[4] / "regions/33.17")
RULES = Attention(3, time(17), ZoneInfo("Asia/Jakarta"))


@pytest.mark.parametrize(
    ("now", "last"),
    [
        ("2026-03-02T09:59:59", "2026-03-01T10:00"),
        ("2026-03-02T10:00:00", "2026-03-02T10:00"),
        ("2026-03-02T20:00:00", "2026-03-02T10:00"),
    ],
)
def test_the_last_time_for_digests_is_at_five_local(now: str, last: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert RULES.last_digest(moment) == datetime.fromisoformat(last).replace(tzinfo=UTC)


def test_a_day_is_the_region_s() -> None:
    assert RULES.day(datetime(2026, 3, 1, 18, tzinfo=UTC)) == date(2026, 3, 2)


def test_what_fits_is_said_whole() -> None:
    assert digest_of(["Sampah dijemput besok.", "Posyandu jam 9."]) == "Sampah dijemput besok.; Posyandu jam 9."


def test_a_short_one_leaves_its_room_to_a_long_one() -> None:
    long = "kata " * 60
    assert digest_of(["pendek", long.strip()]).startswith("pendek; kata kata")
    assert ROOM - 12 < len(digest_of(["pendek", long.strip()])) <= ROOM


def test_more_than_fit_are_counted() -> None:
    said = digest_of(["Jadwal posyandu desa berubah menjadi hari Kamis"] * 30)
    shown = said.count("Jadwal")
    assert said.endswith(f"; {30 - shown} lagi")
    assert 1 < shown < 30


@given(st.lists(st.text(min_size=1, max_size=200), min_size=1, max_size=60))
def test_a_digest_never_takes_more_than_its_room(texts: list[str]) -> None:
    assert len(digest_of(texts)) <= ROOM


@given(st.text(max_size=300), st.integers(3, 200))
def test_what_is_cut_is_no_longer_than_asked(text: str, length: int) -> None:
    assert len(cut(text, length)) <= length


@pytest.mark.parametrize(("said", "most"), [("region", 3), ("off", None), (" 5 ", 5), ("OFF", None)])
def test_the_budget_is_the_region_s_or_that_of_a_trial(said: str, most: int | None) -> None:
    rules = planning_rules(REGION, read_budget(said)).attention
    assert (rules and rules.routine_per_day) == most


def test_a_pack_says_whether_life_safety_goes_on_both_channels_and_nothing_else_passes(tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    copytree(REGION.folder, pack)
    about = (pack / "region.yaml").read_text()
    assert not planning_rules(REGION).both_channels
    for said, wanted in (("true", True), ("false", False)):
        (pack / "region.yaml").write_text(about.replace("both_channels: false", f"both_channels: {said}"))
        assert planning_rules(Region.load(pack)).both_channels is wanted
    (pack / "region.yaml").write_text(about.replace("both_channels: false", "both_channels: mungkin"))
    with pytest.raises(ValueError, match=r"life_safety_on_both_channels must be true or false, it is 'mungkin'"):
        planning_rules(Region.load(pack))


@pytest.mark.parametrize("said", ["", "-1", "banyak", "2.5"])
def test_a_budget_that_is_none_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match="no number of messages"):
        read_budget(said)
