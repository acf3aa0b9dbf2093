"""A small aggregate for the tests of this folder: a list of errands somebody keeps."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from chassis.kernel.aggregate import Aggregate
from chassis.kernel.errors import Reject
from chassis.postgres.outbox import OutboxRow, Recorded
from chassis.postgres.table import OpenOnly, Table

DDL = """
create table errands (
    id uuid primary key, version int not null, code text not null unique, owner uuid not null,
    items jsonb not null, tags text[] not null, closed boolean not null,
    constraint short check (jsonb_array_length(items) < 20)
);
create index on errands (owner);
create index on errands using gin (tags);
"""


@dataclass(frozen=True, slots=True)
class Opened:
    code: str


@dataclass(frozen=True, slots=True)
class ItemAdded:
    text: str


@dataclass(frozen=True, slots=True)
class Tagged:
    tag: str


@dataclass(frozen=True, slots=True)
class Closed:
    pass


@dataclass(slots=True, eq=False)
class Errands(Aggregate):
    code: str
    owner: UUID
    items: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    closed: bool = False

    def open(self) -> None:
        self.record(Opened(self.code))

    def put(self, text: str) -> None:
        if self.closed:
            raise Reject("errands", "closed", "daftar sudah ditutup")
        self.items.append(text)
        self.record(ItemAdded(text))

    def tag(self, tag: str) -> None:
        self.tags.append(tag)
        self.record(Tagged(tag))

    def close(self) -> None:
        self.closed = True
        self.record(Closed())


def _from_row(id_: UUID, version: int, code: str, owner: UUID, *rest: Any) -> Errands:
    items, tags, closed = rest
    return Errands(id_, code, owner, list(items), list(tags), closed, version=version)


TABLE = Table(
    kind=Errands,
    name="errands",
    columns={
        "code": "text",
        "owner": "uuid",
        "items": "jsonb",
        "tags": "text[]",
        "closed": "boolean",
    },
    to_row=lambda one: (one.code, one.owner, one.items, one.tags, one.closed),
    from_row=_from_row,
    indexes={"code": "code", "owner": "owner", "open_owner": "owner", "tag": "tags"},
    keys={
        "code": lambda one: one.code,
        "owner": lambda one: one.owner,
        "open_owner": lambda one: one.owner,
        "tag": lambda one: one.tags,
    },
    open_only={"open_owner": OpenOnly("not closed", lambda one: not one.closed)},
)


def encode(event: object, about: Recorded) -> OutboxRow:
    return OutboxRow(
        "errands",
        str(about.aggregate_id),
        type(event).__name__,
        str(about.aggregate_version),
        repr(event).encode(),
        about.event_id,
    )
