"""Who is asked to acknowledge an alert: rows written with the deliveries, and the watch over those who are silent."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from chassis.postgres.pool import Connection
from chassis.postgres.table import OpenOnly, Table
from chassis.postgres.writing import Writing
from notifier.domain.acknowledgement import Acknowledgement, Via
from notifier.domain.contact import Grant

_COLUMNS = {
    "alert": "uuid",
    "contact": "uuid",
    "subject": "uuid",
    "template": "text",
    "code": "text",
    "role": "text",
    "place": "text",
    "asked_at": "timestamptz",
    "expires_at": "timestamptz",
    "step": "smallint",
    "stands_for": "uuid[]",
    "open": "boolean",
    "at": "timestamptz",
    "via": "text",
    "noted_by": "uuid",
}
_WATCH = (
    "insert into escalation(alert, planned_at, step, due)"
    " select alert, $3, 1, due from unnest($1::uuid[], $2::timestamptz[]) as given(alert, due)"
)
# An escalation that goes a step on at this moment sees for itself, at its next step, that the alert is over.
_CALL_OFF = (
    "update escalation set due = $2 where alert = any(array("
    "select alert from escalation where alert = any($1::uuid[]) and due > $2 for update skip locked))"
)


def _to_row(a: Acknowledgement) -> tuple[object, ...]:
    values = {name: getattr(a, name) for name in _COLUMNS}
    return tuple((values | {"stands_for": list(a.stands_for), "via": a.via or ""}).values())


def _from_row(id_: UUID, version: int, *row: Any) -> Acknowledgement:
    given = dict(zip(_COLUMNS, row, strict=True))
    via = Via(given["via"]) if given["via"] else None
    return Acknowledgement(id_, version=version, **{**given, "stands_for": tuple(given["stands_for"]), "via": via})


ACKNOWLEDGEMENTS = Table(
    kind=Acknowledgement,
    name="acknowledgement",
    columns=_COLUMNS,
    to_row=_to_row,
    from_row=_from_row,
    indexes={"contact": "contact"},
    keys={"contact": lambda a: a.contact},
    open_only={"contact": OpenOnly("open", lambda a: a.open)},
)
"""Found by contact while an answer is awaited."""


class Asked(NamedTuple):
    """One person told by an alert that asks, for the table. `grant` is why this person."""

    alert: UUID
    contact: UUID
    subject: UUID
    template: str
    code: str
    grant: Grant | None
    at: datetime
    expires_at: datetime
    step: int = 0
    stands_for: tuple[UUID, ...] = ()


def ask(writing: Writing, asked: Sequence[Asked]) -> None:
    """Await their answers, together with what lines their deliveries up."""
    if asked:
        made = [*map(_made, asked)]
        ids, versions = [one.id for one in made], [1] * len(made)
        writing.add(ACKNOWLEDGEMENTS.insert_sql, ids, versions, *ACKNOWLEDGEMENTS.arguments(made))


async def ask_many(connection: Connection, asked: Sequence[Asked]) -> None:
    """The same for a page of people, by COPY, inside the transaction that lines their deliveries up."""
    columns = ("id", "version", *_COLUMNS)
    rows = [(one.id, 1, *_to_row(one)) for one in map(_made, asked)]
    await connection.copy_records_to_table("acknowledgement", records=rows, columns=columns)


def watch_over(writing: Writing, alerts: Mapping[UUID, datetime], at: datetime) -> None:
    """Everybody whom these alerts ask is planned: their chains begin, and their first steps are due then."""
    if alerts:
        writing.add(_WATCH, list(alerts), list(alerts.values()), at)


async def watch_no_more(connection: Connection, alerts: Sequence[UUID], at: datetime) -> None:
    """These alerts are called off: whoever walks their chains ends them now."""
    await connection.execute(_CALL_OFF, alerts, at)


def _made(asked: Asked) -> Acknowledgement:
    alert, contact, subject, template, code, grant, at, expires_at, step, stands_for = asked
    role, place = (grant.role, grant.place) if grant else ("", "")
    return Acknowledgement(
        Acknowledgement.id_of(alert, contact),
        alert, contact, subject, template, code, role, place, at, expires_at, step, stands_for,
    )  # fmt: skip
