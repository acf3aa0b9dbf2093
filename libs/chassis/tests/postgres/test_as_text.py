"""Arrays as texts, and back in PostgreSQL."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from chassis.postgres.as_text import BETWEEN, one_text
from chassis.postgres.pool import Pool

NOW = datetime(2026, 3, 2, 1, 2, 3, 456, tzinfo=UTC)


def test_a_value_that_holds_the_separator_is_refused():
    for values in (["a", f"b{BETWEEN}c"], [BETWEEN], [f"a{BETWEEN}", "b", ""]):
        with pytest.raises(ValueError, match="control character"):
            one_text(values)
    assert one_text([]) == one_text([""]) == ""
    assert one_text(["", 1]) == f"{BETWEEN}1"


@pytest.mark.integration
@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("text", ["a", "ä,{}\"'\\", "b c"]),
        ("uuid", [uuid4(), uuid4()]),
        ("bigint", [1, -(2**40)]),
        ("timestamptz", [NOW, None, NOW]),
        ("text", []),
    ],
)
async def test_values_come_back(pool: Pool, kind: str, values: list[object]):
    asked = f"select string_to_array($1, $2, '')::{kind}[]"
    given = one_text("" if value is None else value for value in values)
    assert await pool.fetchval(asked, given, BETWEEN) == values
