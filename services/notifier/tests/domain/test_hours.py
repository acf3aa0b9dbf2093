"""Hours of the region pack: one way to write them, and a clear word about any other."""

from datetime import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from chassis.region.pack import Region
from notifier.adapters.desk_hours import desk_hours
from notifier.adapters.quiet_hours import quiet_hours, read_span
from notifier.adapters.rules import planning_rules

ROOT = Path(__file__).parents[4]


def region(tmp_path: Path, **changes: str) -> Region:
    """The pack of Rembang with other lines in region.yaml, as somebody would type them."""
    source = ROOT / "regions/33.17"
    for file in source.glob("*.csv"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    given = yaml.safe_load((source / "region.yaml").read_text("utf-8"))
    kept = yaml.safe_dump({name: about for name, about in given.items() if name not in changes})
    typed = "".join(f"\n{name}: {text}" for name, text in changes.items())
    (tmp_path / "region.yaml").write_text(kept + typed, "utf-8")
    return Region.load(tmp_path)


READERS: dict[str, Any] = {
    "desk": desk_hours,
    "quiet_hours": lambda region: quiet_hours(region, "region"),
    "attention": planning_rules,
}


def test_the_pack_is_read(tmp_path: Path) -> None:
    pack = region(tmp_path)
    assert (desk_hours(pack).opens, desk_hours(pack).closes) == (time(7), time(21))
    attention = planning_rules(pack).attention
    assert attention is not None
    assert attention.digest_at == time(17)
    assert quiet_hours(pack, "region") is not None


@pytest.mark.parametrize("written", ["20:00", '"8"', '"25:00"', '"08:61"', '"pagi"', "1200", '"0800"', "[]"])
@pytest.mark.parametrize("name", READERS)
def test_any_other_writing_is_refused_and_named(tmp_path: Path, name: str, written: str) -> None:
    text = {
        "desk": f'{{from: {written}, until: "21:00"}}',
        "quiet_hours": f'{{from: "21:00", until: {written}}}',
        "attention": f"{{routine_per_day: 3, digest_at: {written}}}",
    }[name]
    with pytest.raises(ValueError, match=rf"region.yaml: {name}\.(from|until|digest_at): .*HH:MM"):
        READERS[name](region(tmp_path, **{name: text}))


@pytest.mark.parametrize("said", ["21-6", "2100-0600", "21:00", "21:00-06:00-07:00", "malam"])
def test_a_span_of_a_setting_is_written_the_same_way(said: str) -> None:
    with pytest.raises(ValueError, match=r"no hour|values to unpack"):
        read_span(said)
    assert read_span("21:00-06:00") == "21:00-06:00"
