"""Canaries: values that would point at a person are planted everywhere a log line can hold one, and looked for."""

import io
import json
import logging
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from chassis.kernel.errors import Transient
from chassis.telemetry import set_up_logs, span_from
from chassis.telemetry.redaction import MASK, redact, redact_text

NIK = "3317094501900001"
PHONES = ("081234567890", "+6281234567890", "6281234567890", "0812-0000-0001", "+62 812 3456 7890", "0812.3456.7890")
NAME = "Siti Aminah"
CANARIES = (NIK, *PHONES, NAME)
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@dataclass
class Mother:
    name: str


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = root.handlers, root.level
    stream = io.StringIO()
    set_up_logs("telponi", stream=stream)
    yield stream
    root.handlers, root.level = before, level
    logging.captureWarnings(capture=False)


def last(lines: io.StringIO) -> dict[str, object]:
    found: dict[str, object] = json.loads(lines.getvalue().splitlines()[-1])
    return found


def fail(text: str) -> None:
    raise ValueError(text)


@pytest.mark.parametrize("canary", CANARIES)
def test_no_canary_reaches_the_log(lines: io.StringIO, canary: str):
    log = structlog.get_logger("test")
    log.info(
        "mother_added", mother_name=canary, phone=canary, text=canary, values={"a": canary}, nested={"nik": canary}
    )
    log.info("object_added", thing=Mother(canary), things=[Mother(canary)], raw=canary.encode())
    try:
        fail(f"no such mother: {canary}")
    except ValueError as error:
        log.exception("it_failed")
        log.warning("given", exc_info=error)
        logging.getLogger("library").exception("it failed")
        log.warning("wrapped", exc_info=RuntimeError(canary))
        chained = KeyError(canary)
        chained.__cause__ = error
        log.warning("chained", exc_info=chained)
    assert canary not in lines.getvalue()
    assert len(lines.getvalue().splitlines()) == 7


@pytest.mark.parametrize("canary", [NIK, *PHONES])
def test_numbers_are_found_in_running_text_and_in_libraries_lines(lines: io.StringIO, canary: str):
    structlog.get_logger("test").info(
        f"call {canary} now", note=f"({canary})", items=[f"x {canary}"], list_of={1: canary}
    )
    logging.getLogger("aiohttp").warning("GET /phones?number=%s", canary)
    warnings.warn(f"old {canary}", stacklevel=1)
    structlog.get_logger("test").warning("down", exc_info=Transient(f"cannot reach {canary}"))
    assert canary not in lines.getvalue()
    assert lines.getvalue().count(MASK) >= 6


def test_a_number_given_as_a_number_is_masked_too():
    assert redact({"found": int(NIK), "to": 6281234567890}) == {"found": MASK, "to": MASK}


@given(st.uuids(), st.integers(0, 10**9), st.datetimes())
def test_ids_counts_and_times_stay(identity: UUID, count: int, at: object):
    assert redact(identity) == str(identity)
    assert redact(count) == count
    assert redact_text(identity.hex) == identity.hex
    assert redact_text(f"pregnancy {identity} village 33.17.09.2004") == f"pregnancy {identity} village 33.17.09.2004"
    assert redact(at) == str(at)


def test_a_line_has_its_keys_in_order_and_its_trace(lines: io.StringIO):
    with span_from(TRACE, "story"):
        structlog.get_logger("telponi.referral").info("offer_expired", referral_id=UUID(int=1), zebra=1, apple=2)
    line = last(lines)
    assert list(line) == [
        "time", "level", "service", "event", "trace_id", "span_id", "logger", "referral_id", "zebra", "apple",
    ]  # fmt: skip
    assert (line["service"], line["event"], line["trace_id"]) == ("telponi", "offer_expired", TRACE[3:35])


def test_a_fault_tells_class_and_place_and_only_safe_texts(lines: io.StringIO):
    try:
        fail("secret")
    except ValueError:
        structlog.get_logger("t").exception("failed")
    (fault,) = last(lines)["fault"]  # type: ignore[misc]  # JSON
    assert fault["class"] == "builtins.ValueError"
    assert fault["at"][-1].endswith(" fail")
    assert "says" not in fault
    structlog.get_logger("t").error("failed", exc_info=ConnectionRefusedError(111, "Connection refused"))
    assert last(lines)["fault"] == [
        {"class": "builtins.ConnectionRefusedError", "says": "[Errno 111] Connection refused", "at": []}
    ]


def test_the_level_holds_for_ours_and_the_libraries(lines: io.StringIO):
    structlog.get_logger("t").debug("no")
    logging.getLogger("library").debug("no")
    assert lines.getvalue() == ""
