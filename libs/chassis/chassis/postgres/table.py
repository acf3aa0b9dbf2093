"""How a kind of aggregate lies in its table: columns, look-ups, and the SQL made of them."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, TypeVar
from uuid import UUID

import orjson

from chassis.kernel.aggregate import Aggregate

A = TypeVar("A", bound=Aggregate)


@dataclass(frozen=True, slots=True)
class OpenOnly(Generic[A]):
    """Narrows an index to some rows: the same condition in SQL (on the bare columns) and in Python."""

    sql: str
    holds: Callable[[A], bool]


@dataclass(frozen=True, eq=False, kw_only=True)
class Table(Generic[A]):
    """Maps `kind` to the table `name` with `id uuid primary key, version int not null` and `columns` (name -> type).

    `to_row` gives the values of `columns` in their order; `from_row(id, version, *values)` makes the aggregate.
    A `jsonb` column takes and gives what orjson reads and writes (lists of children). `indexes` names a look-up and
    its column; `keys` gives the same value from the object, so that a look-up sees what the batch changed. For a
    column holding an array, the key function gives the whole collection and a look-up matches membership.
    """

    kind: type[A]
    name: str
    columns: Mapping[str, str]
    to_row: Callable[[A], tuple[object, ...]]
    from_row: Callable[..., A]
    indexes: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, Callable[[A], Any]] = field(default_factory=dict)
    open_only: Mapping[str, OpenOnly[A]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if set(self.indexes) != set(self.keys) or not set(self.open_only) <= set(self.indexes):
            raise ValueError(f"table {self.name}: indexes, keys and open_only must name the same look-ups")
        unknown = set(self.indexes.values()) - set(self.columns)
        if unknown:
            raise ValueError(f"table {self.name}: indexes on unknown columns {sorted(unknown)}")
        if "bytea[]" in self.columns.values():
            raise ValueError(f"table {self.name}: bytea[] is not supported")

    # --- reading

    @cached_property
    def load_sql(self) -> str:
        """Lock and read by ids; always in the order of ids, so that two batches never wait for each other."""
        return f"{self.peek_sql} order by id for no key update"

    @cached_property
    def peek_sql(self) -> str:
        """Read by ids without a lock."""
        return f"select id, version, {', '.join(self.columns)} from {self.name} where id = any($1::uuid[])"  # noqa: S608 - names come from code, never from a message

    @cached_property
    def hold_sql(self) -> str:
        """Lock by ids, in their order, and tell whether all are there in the versions that were read."""
        return (
            "select count(*) = cardinality($1::uuid[]) as stands from (select stored.id"  # noqa: S608 - as above
            f" from {self.name} stored join unnest($1::uuid[], $2::int[]) as seen(id, version)"
            " on stored.id = seen.id and stored.version = seen.version"
            " order by stored.id for no key update of stored) held"
        )

    def find_sql(self, index: str) -> str:
        """Give (value, id) of the rows whose index holds one of the values."""
        return self._finding(index, "id")

    def find_rows_sql(self, index: str) -> str:
        """Give (value, id, version, columns) of these rows."""
        return self._finding(index, f"id, version, {', '.join(self.columns)}")

    def _finding(self, index: str, wanted: str) -> str:
        column = self.indexes[index]
        kind = self.columns[column]
        only = f" and ({self.open_only[index].sql})" if index in self.open_only else ""
        if kind.endswith("[]"):
            return (
                f"select sought, {wanted} from unnest($1::{kind}) sought"  # noqa: S608 - as above
                f" join {self.name} on {column} @> array[sought]{only}"
            )
        return f"select {column}, {wanted} from {self.name} where {column} = any($1::{kind}[]){only}"  # noqa: S608 - as above

    def matching(self, index: str, value: Hashable, aggregates: Iterable[A]) -> list[A]:
        """Give those that the look-up finds as they are now. A step that makes many asks about all, each time."""
        key, only = self.keys[index], self.open_only.get(index)
        if self._holds_many(index):
            found = [one for one in aggregates if value in (key(one) or ())]
        else:
            found = [one for one in aggregates if key(one) == value]
        return found if only is None else [one for one in found if only.holds(one)]

    def values_of(self, index: str, aggregate: A) -> Sequence[Hashable]:
        """Give the values under which the look-up knows this aggregate."""
        key = self.keys[index](aggregate)
        return tuple(key or ()) if self._holds_many(index) else (key,)

    def _holds_many(self, index: str) -> bool:
        return self.columns[self.indexes[index]].endswith("[]")

    def hydrate(self, row: Sequence[Any]) -> A:
        """Make the aggregate of a fetched row; every call makes a fresh one."""
        if not self._json:
            return self.from_row(*row)
        values = list(row)
        for position in self._json:
            if values[position] is not None:
                values[position] = orjson.loads(values[position])
        return self.from_row(*values)

    # --- writing

    @cached_property
    def insert_sql(self) -> str:
        """Insert by arrays; a row that is there already is a unique violation, never overwritten."""
        return (
            f"insert into {self.name}(id, version, {', '.join(self.columns)})"  # noqa: S608 - as above
            f" select id, version, {', '.join(self._given)} from {self._unnest('id', 'version')}"
        )

    @cached_property
    def update_sql(self) -> str:
        """Update by arrays where the version is the one that was loaded."""
        sets = ", ".join(f"{column} = {given}" for column, given in zip(self.columns, self._given, strict=True))
        return (
            f"update {self.name} as stored set version = given.version, {sets}"  # noqa: S608 - as above
            f" from {self._unnest('id', 'version', 'loaded')}"
            " where stored.id = given.id and stored.version = given.loaded"
        )

    def arguments(self, aggregates: Sequence[A]) -> list[Sequence[Any]]:
        """Give one array per column, for `insert_sql` and `update_sql`."""
        to_row = self.to_row
        arrays: list[Sequence[Any]] = list(zip(*[to_row(one) for one in aggregates], strict=True))
        for position, convert in self._converters:
            arrays[position] = [None if value is None else convert(value) for value in arrays[position]]
        return arrays

    @cached_property
    def _given(self) -> list[str]:
        return [
            f"given.{column}::{kind}" if kind.endswith("[]") else f"given.{column}"
            for column, kind in self.columns.items()
        ]

    def _unnest(self, *first: str) -> str:
        types = {"id": "uuid", "version": "int", "loaded": "int"}
        # unnest would flatten an array of arrays: such a column travels as the text of its literal.
        kinds = [types[name] for name in first] + [_scalar(kind) for kind in self.columns.values()]
        arrays = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(kinds, start=1))
        return f"unnest({arrays}) as given({', '.join((*first, *self.columns))})"

    @cached_property
    def _json(self) -> list[int]:
        return [number for number, kind in enumerate(self.columns.values(), start=2) if kind == "jsonb"]

    @cached_property
    def _converters(self) -> list[tuple[int, Callable[[Any], str]]]:
        kinds = enumerate(self.columns.values())
        return [(n, _array if kind.endswith("[]") else _json) for n, kind in kinds if _converted(kind)]


def _converted(kind: str) -> bool:
    return kind == "jsonb" or kind.endswith("[]")


def _scalar(kind: str) -> str:
    return "text" if kind.endswith("[]") else kind


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def _array(values: Sequence[object]) -> str:
    """Write an array literal: `{"a","b"}`; quotes and backslashes escaped, None as NULL."""
    return "{" + ",".join(_element(value) for value in values) + "}"


def _element(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, UUID):
        return str(value)
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
