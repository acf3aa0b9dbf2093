"""The targets with what hypothesis finds in a moment, and with everything that ever broke them (kept/)."""

from pathlib import Path

import pytest
from fuzz.targets import TARGETS, codec, link, stream_of, text
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

KEPT = sorted((Path(__file__).parent / "kept").glob("*.hex"))
plans = st.lists(
    st.tuples(st.integers(0, 255), st.integers(0, 255), st.binary(max_size=120)).map(
        lambda told: bytes((told[0], told[1])) + len(told[2]).to_bytes(2, "big") + told[2]
    ),
    max_size=8,
).map(b"".join)


@given(plans)
def test_any_frames_are_read_or_refused(plan):
    codec(stream_of(plan))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plans)
def test_a_link_bears_any_frames(plan):
    link(stream_of(plan))


@given(st.binary(max_size=300))
def test_any_bytes_are_read_as_text(data):
    text(data)


@pytest.mark.parametrize("file", KEPT, ids=lambda file: file.stem)
def test_what_broke_a_target_once_breaks_none_now(file):
    data = bytes.fromhex(file.read_text())
    for target in TARGETS.values():
        target(data)
        target(stream_of(data))
