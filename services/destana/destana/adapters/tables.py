"""How watches and incidents lie in PostgreSQL."""

from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.postgres.table import OpenOnly, Table
from chassis.postgres.uuids import as_id
from destana.domain.hazard import Hazard
from destana.domain.incident import Asked, Incident
from destana.domain.watch import Sighting, Watch


def _sighting_out(seen: Sighting) -> list[object]:
    return [
        str(seen.report),
        str(seen.reporter),
        seen.weight,
        seen.village,
        seen.spot,
        seen.depth_cm,
        seen.at.isoformat(),
        str(seen.incident) if seen.incident else None,
    ]


def _sighting_in(stored: list[Any]) -> Sighting:
    report, reporter, weight, village, spot, depth_cm, at, incident = stored
    return Sighting(
        report=as_id(report),
        reporter=as_id(reporter),
        weight=weight,
        village=village,
        spot=(spot[0], spot[1]),
        depth_cm=depth_cm,
        at=datetime.fromisoformat(at),
        incident=as_id(incident) if incident else None,
    )


WATCHES = Table(
    kind=Watch,
    name="watch",
    columns={"hazard": "text", "sightings": "jsonb"},
    to_row=lambda watch: (watch.hazard.name, [_sighting_out(seen) for seen in watch.sightings]),
    from_row=lambda watch_id, version, hazard, sightings: Watch(
        watch_id, version=version, hazard=Hazard[hazard], sightings=[_sighting_in(seen) for seen in sightings]
    ),
)


def _asked_out(asked: Asked) -> list[object]:
    answered = asked.answered_at.isoformat() if asked.answered_at else None
    return [str(asked.contact), asked.role, asked.place, answered]


def _asked_in(stored: list[Any]) -> Asked:
    contact, role, place, answered = stored
    return Asked(as_id(contact), role, place, datetime.fromisoformat(answered) if answered else None)


def _incident_row(incident: Incident) -> tuple[object, ...]:
    return (
        incident.code,
        incident.hazard.name,
        incident.confirmed_at,
        incident.last_seen,
        incident.villages,
        incident.reporters,
        incident.depth_cm,
        [_asked_out(asked) for asked in incident.asked],
        _asked_ids(incident),
        incident.closed,
    )


def _asked_ids(incident: Incident) -> list[UUID]:
    return [asked.contact for asked in incident.asked]


def _incident(incident_id: UUID, version: int, *columns: Any) -> Incident:
    code, hazard, confirmed_at, last_seen, villages, reporters, depth_cm, asked, _asked_ids, closed = columns
    return Incident(
        incident_id,
        version=version,
        code=code,
        hazard=Hazard[hazard],
        confirmed_at=confirmed_at,
        last_seen=last_seen,
        villages=list(villages),
        reporters=list(reporters),
        depth_cm=depth_cm,
        asked=[_asked_in(one) for one in asked],
        closed=closed,
    )


_OPEN: OpenOnly[Incident] = OpenOnly("not closed", lambda incident: not incident.closed)

INCIDENTS = Table(
    kind=Incident,
    name="incident",
    columns={
        "code": "text",
        "hazard": "text",
        "confirmed_at": "timestamptz",
        "last_seen": "timestamptz",
        "villages": "text[]",
        "reporters": "uuid[]",
        "depth_cm": "int",
        "asked": "jsonb",
        "asked_ids": "uuid[]",
        "closed": "boolean",
    },
    to_row=_incident_row,
    from_row=_incident,
    indexes={"code": "code", "asked": "asked_ids", "village": "villages"},
    keys={"code": lambda incident: incident.code, "asked": _asked_ids, "village": lambda incident: incident.villages},
    open_only={"asked": _OPEN, "village": _OPEN},
)

TABLES = (WATCHES, INCIDENTS)
