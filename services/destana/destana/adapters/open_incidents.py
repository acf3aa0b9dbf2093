"""Questions that read without locks: one incident, and those that are open."""

from typing import Any

from chassis.postgres.pool import Pool
from destana.adapters.contracts import HAZARDS
from destana.adapters.tables import INCIDENTS
from destana.domain.incident import Incident
from kentongan.destana.v1 import service_pb2 as pb

MOST = 200

_COLUMNS = f"select id, version, {', '.join(INCIDENTS.columns)} from incident"  # noqa: S608 - names come from code, never from a message
_BY_CODE = f"{_COLUMNS} where code = $1"
_OPEN = f"""{_COLUMNS} where not closed
    and ($1 = '' or exists (select 1 from unnest(villages) v where v = $1 or starts_with(v, $1 || '.')))
    order by confirmed_at desc limit $2"""  # noqa: S608 - as above


async def incident_by_code(pool: Pool, code: str) -> pb.GetIncidentResponse | None:
    """Give the incident as it stands, or None. Those who have not answered come first."""
    row = await pool.fetchrow(_BY_CODE, code)
    if row is None:
        return None
    incident = _incident(row)
    answer = pb.GetIncidentResponse(
        code=incident.code,
        hazard=HAZARDS[incident.hazard],
        villages=incident.villages,
        reporters=len(incident.reporters),
        depth_cm=incident.depth_cm,
    )
    answer.confirmed_at.FromDatetime(incident.confirmed_at)
    for asked in sorted(incident.asked, key=lambda one: one.answered_at is not None):
        shown = answer.asked.add(contact_id=str(asked.contact), role=asked.role, place=asked.place)
        if asked.answered_at is not None:
            shown.answered_at.FromDatetime(asked.answered_at)
    return answer


async def open_incidents(pool: Pool, place: str) -> pb.ListOpenIncidentsResponse:
    """Give the open incidents that touch a place, newest first."""
    answer = pb.ListOpenIncidentsResponse()
    for row in await pool.fetch(_OPEN, place, MOST):
        incident = _incident(row)
        shown = answer.incidents.add(
            code=incident.code,
            hazard=HAZARDS[incident.hazard],
            villages=incident.villages,
            silent=len(incident.silent()),
        )
        shown.confirmed_at.FromDatetime(incident.confirmed_at)
    return answer


def _incident(row: Any) -> Incident:
    return INCIDENTS.hydrate(row)
