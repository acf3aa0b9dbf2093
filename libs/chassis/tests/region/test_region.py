import random
from datetime import timedelta
from pathlib import Path

import pytest

from chassis.region.clocks import read_duration
from chassis.region.pack import Region
from chassis.region.places import Point, contains, distance_km

REMBANG = Path(__file__).parents[4] / "regions" / "33.17"


@pytest.fixture(scope="module")
def region():
    return Region.load(REMBANG, {"telponi.emergency_offer": timedelta(seconds=15)})


def test_the_pack_is_whole(region):
    assert len(region.villages) == 294
    assert len(region.districts) == 14
    assert {facility.ability for facility in region.facilities.values()} == {"", "poned", "ponek"}
    assert region.clock("telponi.emergency_offer") == timedelta(seconds=15)
    assert region.clock("telponi.planned_offer") == timedelta(hours=24)


def test_every_name_that_repeats_is_asked_back(region):
    counts = {}
    for village in region.villages.values():
        counts.setdefault(village.name, []).append(village)
    for name, villages in counts.items():
        assert set(region.find_village(name).exact) == set(villages)
    assert len(region.find_village("sendangmulyo").exact) == 5


@pytest.mark.parametrize(
    "text", ["Sendangmulyo Kragan", "ds SENDANG MULYO, kec. Kragan", "33.17.12.2002", "3317122002"]
)
def test_a_name_with_its_district_is_one_village(region, text):
    assert region.find_village(text).village.code == "33.17.12.2002"


def test_every_village_is_found_by_name_and_district(region):
    for village in region.villages.values():
        district = region.districts[village.district].name
        assert village in region.find_village(f"{village.name} {district}").exact


def test_a_misspelling_is_offered_and_never_assumed(region):
    match = region.find_village("Tasikagun")
    assert match.village is None
    assert "Tasikagung" in {village.name for village in match.close}
    assert region.find_village("Jakarta Pusat").close == ()


def test_a_point_is_the_nearest_village_or_outside(region):
    village = region.villages["33.17.12.2002"]
    assert region.village_at(village.point) == village
    assert region.village_at(Point(-6.2, 106.8)) is None


def test_the_nearest_village_is_the_nearest_on_the_globe(region):
    by_chance = random.Random(33)  # noqa: S311 - no secret
    for _ in range(300):
        point = Point(by_chance.uniform(-6.95, -6.55), by_chance.uniform(111.1, 111.7))
        nearest = min(region.villages.values(), key=lambda village: distance_km(village.point, point))
        found = region.village_at(point)
        assert found is None or distance_km(found.point, point) == pytest.approx(
            distance_km(nearest.point, point), rel=1e-3
        )


def test_distances_and_containment():
    assert distance_km(Point(0, 0), Point(0, 1)) == pytest.approx(111.19, abs=0.01)
    assert contains("33.17.09", "33.17.09.2004")
    assert contains("33.17", "33.17")
    assert not contains("33.17.0", "33.17.09.2004")
    assert not contains("RS-SOETRASNO", "RS-SOETRASNO.1")


@pytest.mark.parametrize(("text", "seconds"), [("15s", 15), ("5m", 300), ("1.5h", 5400), ("3d", 259200)])
def test_durations(text, seconds):
    assert read_duration(text).total_seconds() == seconds


def test_wrong_clocks_are_named():
    with pytest.raises(ValueError, match="15s"):
        read_duration("soon")
    with pytest.raises(ValueError, match=r"telponi\.tea"):
        Region.load(REMBANG, {"telponi.tea": timedelta(1)})
