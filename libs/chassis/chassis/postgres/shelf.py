"""The aggregates of one kind that a batch holds."""

from collections.abc import Hashable, Iterable, Sequence
from itertools import chain
from typing import Any, Generic, TypeVar
from uuid import UUID

from chassis.kernel.aggregate import Aggregate
from chassis.kernel.errors import Conflict, NotFound
from chassis.postgres.pool import Connection
from chassis.postgres.table import Table
from chassis.postgres.writing import Writing

A = TypeVar("A", bound=Aggregate)


class Missing(BaseException):
    """A handler asked for something not loaded. Not an Exception, so that no handler catches it."""


class Shelf(Generic[A]):
    """Rows as they were fetched and objects as the handlers have changed them so far.

    Three lives: what is `wanted` lives as long as the batch, `rows` as long as the transaction, `objects` and
    `changed` as long as one run of the handlers.
    """

    __slots__ = ("changed", "found", "looks", "moved", "objects", "rows", "table", "wanted")

    def __init__(self, table: Table[A]) -> None:
        self.table = table
        self.wanted: set[UUID] = set()
        self.looks: set[tuple[str, Hashable]] = set()
        self.objects: dict[UUID, A] = {}
        self.leave()

    def leave(self) -> None:
        """Forget the rows: the transaction that locked them is over.

        What was added in it is wanted now: if somebody else was first, the next run sees that.
        """
        self.wanted.update(self.objects)
        self.rows: dict[UUID, Sequence[Any] | None] = {}
        self.found: dict[tuple[str, Hashable], list[UUID]] = {}
        self.restore()

    def restore(self) -> None:
        """Forget what handlers did; objects are made of the fetched rows again."""
        self.objects = {}
        self.changed: dict[UUID, A] = {}
        self.moved: dict[str, dict[Hashable, set[UUID]]] = {}

    # --- what handlers ask

    def take(self, aggregate_id: UUID) -> A:
        """Give the one object of this id. Raises NotFound, or Missing when it was not looked for yet."""
        known = self.objects.get(aggregate_id)
        if known is not None:
            return known
        try:
            row = self.rows[aggregate_id]
        except KeyError:
            self.wanted.add(aggregate_id)
            raise Missing from None
        if row is None:
            raise NotFound(self.table.name)
        made = self.objects[aggregate_id] = self.table.hydrate(row)
        return made

    def put(self, aggregate: A) -> None:
        """Take a new one. Raises Conflict when its id is known.

        Raises RuntimeError for one that an abandoned run added: it would be taken for saved, and lost.
        """
        if aggregate.version:
            raise RuntimeError(f"{self.table.name}: made outside of the handler, which may run more than once")
        if aggregate.id in self.objects or self.rows.get(aggregate.id) is not None:
            raise Conflict(self.table.name, "exists", "sudah ada")
        self.objects[aggregate.id] = aggregate

    def search(self, index: str, value: Hashable, touched: Iterable[A]) -> list[A]:
        """Give those that the look-up finds now; `touched` are the ones the running step may have changed."""
        ids = self.found.get((index, value))
        if ids is None:
            self.looks.add((index, value))
            raise Missing
        moved = self.moved.get(index)
        if moved is None:
            moved = self._index(index)
        known = map(self.take, {*ids, *moved.get(value, ())})
        found = {one.id: one for one in self.table.matching(index, value, chain(known, touched))}
        return [found[id_] for id_ in sorted(found)]

    def keep(self, aggregate: A) -> None:
        """Accept the change that a finished step made."""
        self.changed[aggregate.id] = aggregate
        for index, moved in self.moved.items():
            for value in self.table.values_of(index, aggregate):
                moved.setdefault(value, set()).add(aggregate.id)

    def _index(self, index: str) -> dict[Hashable, set[UUID]]:
        """Under which values the changed ones stand; entries may be stale, `matching` has the last word."""
        moved: dict[Hashable, set[UUID]] = {}
        for aggregate in self.changed.values():
            for value in self.table.values_of(index, aggregate):
                moved.setdefault(value, set()).add(aggregate.id)
        self.moved[index] = moved
        return moved

    # --- what the boundary does

    def lacks(self) -> bool:
        """Say whether something wanted is not loaded."""
        return not (self.wanted <= self.rows.keys() and self.looks <= self.found.keys())

    async def load(self, connection: Connection, *, lock: bool) -> None:
        """Fetch what is wanted and not there yet."""
        for index in {index for index, _ in self.looks - self.found.keys()}:
            await self._resolve(connection, index, whole=not lock)
        ids = self.wanted - self.rows.keys()
        if not ids:
            return
        sql = self.table.load_sql if lock else self.table.peek_sql
        rows = await connection.fetch(sql, ids)
        if len(rows) < len(ids):
            self.rows.update(dict.fromkeys(ids))
        self.rows.update([(row[0], row) for row in rows])

    async def _resolve(self, connection: Connection, index: str, *, whole: bool) -> None:
        """Look up ids, and the rows with them where they need not be locked first."""
        values = [value for name, value in self.looks if name == index and (name, value) not in self.found]
        for value in values:
            self.found[index, value] = []
        sql = self.table.find_rows_sql(index) if whole else self.table.find_sql(index)
        for value, aggregate_id, *row in await connection.fetch(sql, values):
            self.found[index, value].append(aggregate_id)
            self.wanted.add(aggregate_id)
            if whole:
                self.rows[aggregate_id] = (aggregate_id, *row)

    def hold(self, writing: Writing) -> None:
        """Let nothing be written unless every row still stands as it was read."""
        read = sorted((row[0], row[1]) for row in self.rows.values() if row is not None)
        if read:
            writing.hold(self.table.hold_sql, *zip(*read, strict=True))

    def save(self, writing: Writing) -> None:
        """Write what changed, where the rows are as they were loaded."""
        if not self.changed:
            return
        rows = self.rows
        old = [(one, row[1]) for one in self.changed.values() if (row := rows.get(one.id)) is not None]
        if len(old) < len(self.changed):
            # In the order of ids, so that two batches that make the same things do not wait for each other.
            self._insert(writing, [self.changed[i] for i in sorted(self.changed) if rows.get(i) is None])
        if old:
            self._update(writing, *zip(*old, strict=True))

    def _insert(self, writing: Writing, new: Sequence[A]) -> None:
        arrays = self.table.arguments(new)
        writing.add(self.table.insert_sql, [one.id for one in new], [one.version for one in new], *arrays)

    def _update(self, writing: Writing, old: Sequence[A], loaded: Sequence[int]) -> None:
        arrays = self.table.arguments(old)
        ids, versions = [one.id for one in old], [one.version for one in old]
        writing.change(self.table.name, len(old), self.table.update_sql, ids, versions, loaded, *arrays)
