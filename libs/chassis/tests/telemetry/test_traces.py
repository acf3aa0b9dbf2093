"""One story is one trace, recorded or not."""

import json
from pathlib import Path

import pytest

from chassis.telemetry import (
    collected_spans,
    counter,
    current_ids,
    current_traceparent,
    histogram,
    recording,
    set_up_traces,
    shut_down_traces,
    span,
    span_from,
    started,
)

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_without_recording_the_traceparent_is_handed_on():
    assert current_traceparent() is None
    assert not recording()
    with span_from(TRACE, "consume"):
        assert current_traceparent() == TRACE
        assert current_ids() == (TRACE[3:35], TRACE[36:52])
    assert current_traceparent() is None


@pytest.mark.parametrize("bad", [None, "", "x", TRACE[:-1], "00-" + "0" * 32 + TRACE[35:]])
def test_a_story_without_a_trace_begins_one(bad: str | None):
    with span_from(bad, "consume"):
        found = current_traceparent()
    assert found is not None
    assert found != bad
    assert len(found) == len(TRACE)


def test_recorded_spans_hang_together():
    with collected_spans() as spans, span_from(TRACE, "outer", {"lane": "urgent"}, links=[TRACE, None]):
        assert recording()
        with span("inner"):
            pass
    inner, outer = spans.get_finished_spans()
    assert outer.parent is not None
    assert inner.parent is not None
    assert f"{outer.parent.span_id:016x}" == TRACE[36:52]
    assert inner.parent.span_id == outer.context.span_id
    assert inner.context.trace_id == outer.context.trace_id
    assert (len(outer.links), dict(outer.attributes or {})) == (1, {"lane": "urgent"})
    assert not recording()


def test_an_error_marks_the_span_without_its_text():
    with collected_spans() as spans, pytest.raises(ValueError, match="Siti"), span_from(None, "failing"):
        raise ValueError("Siti Aminah")
    (found,) = spans.get_finished_spans()
    assert (found.status.status_code.name, found.status.description, found.events) == ("ERROR", "ValueError", ())


def test_spans_are_appended_to_the_file(tmp_path: Path):
    file = tmp_path / "traces" / "spans.jsonl"
    for service in ("telponi", "notifier"):
        set_up_traces(service, file)
        with span_from(TRACE, "step"):
            pass
        shut_down_traces()
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [(line["service"], line["trace_id"]) for line in lines] == [
        ("telponi", TRACE[3:35]),
        ("notifier", TRACE[3:35]),
    ]


def test_a_share_of_none_records_only_what_others_record(tmp_path: Path):
    file = tmp_path / "spans.jsonl"
    set_up_traces("telponi", file, share=0)
    with span_from(None, "ours"):
        pass
    with span_from(TRACE, "theirs"):
        pass
    shut_down_traces()
    assert [json.loads(line)["name"] for line in file.read_text().splitlines()] == ["theirs"]


def test_a_metric_asked_for_twice_is_one():
    made = counter("kentongan_test_total", "A test.", ("kind",))
    assert counter("kentongan_test_total", "A test.", ("kind",)) is made
    with pytest.raises(TypeError, match="is a Counter already"):
        histogram("kentongan_test_total", "A test.")


def test_spans_of_things_under_way_at_the_same_time_are_ended_by_hand():
    with collected_spans() as spans:
        first, second = (started(TRACE, "try", {"number": number}) for number in (1, 2))
        second.end(carrier="b")
        first.end(carrier="a")
        assert current_traceparent() is None
    ended = [
        (dict(one.attributes or {}), one.parent and f"{one.parent.span_id:016x}")
        for one in spans.get_finished_spans()
    ]
    assert ended == [
        ({"number": 2, "carrier": "b"}, TRACE[36:52]),
        ({"number": 1, "carrier": "a"}, TRACE[36:52]),
    ]
    started(TRACE, "try", {}).end(carrier="a")  # nobody records it
