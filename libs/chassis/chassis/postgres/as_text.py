"""Arrays handed to a statement as one text each: `string_to_array($1, $2)` takes them apart.

asyncpg asks of every value of an array whether it is an array itself (0.5 us in Python, a tenth of that here); worth
it only in statements that many rows pass through. Absent values are empty texts: `string_to_array($1, $2, '')`. One
empty text alone is an array of none; `unnest` of several fills it with nulls.
"""

from collections.abc import Iterable

BETWEEN = "\x1f"
"""Stands between the values. Names and words never hold it."""


def one_text(values: Iterable[object]) -> str:
    """The values, as PostgreSQL reads them, as one text. Raises ValueError where one holds the separator."""
    texts = [value if type(value) is str else str(value) for value in values]
    text = BETWEEN.join(texts)
    if text.count(BETWEEN) >= max(len(texts), 1):
        raise ValueError("a control character in a value of an array")
    return text
