"""Questions that read without locks: one incident, and those that are open."""

from typing import Any

from chassis.postgres.pool import Pool
from destana.adapters.contracts import HAZARDS
from destana.adapters.tables import INCIDENTS
from destana.domain.incident import Incident
from kentongan.destana.v1 import service_pb2 as pb
from wire.times import put_time

MOST = 200

_COLUMNS = f"select id, version, {', '.join(INCIDENTS.columns)} from incident"  # noqa: S608 - names come from code, never from a message
_BY_CODE = f"{_COLUMNS} where code = $1"
_OPEN = f"""{_COLUMNS} where not closed
    and ($1 = '' or exists (select 1 from unnest(villages) v where v = $1 or starts_with(v, $1 || '.')))
    order by confirmed_at desc limit $2"""  # noqa: S608 - as above


class Queries:
    """Answers from the service's own tables."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def incident(self, code: str) -> pb.GetIncidentResponse | None:
        """Give the incident as it stands, or None. Those who have not answered come first."""
        row = await self._pool.fetchrow(_BY_CODE, code)
        if row is None:
            return None
        found = _incident(row)
        answer = pb.GetIncidentResponse(
            code=found.code,
            hazard=HAZARDS[found.hazard],
            villages=found.villages,
            reporters=len(found.reporters),
            depth_cm=found.depth_cm,
        )
        put_time(answer.confirmed_at, found.confirmed_at)
        for asked in sorted(found.asked, key=lambda one: one.answered_at is not None):
            shown = answer.asked.add(contact_id=str(asked.contact), role=asked.role, place=asked.place)
            if asked.answered_at is not None:
                put_time(shown.answered_at, asked.answered_at)
        return answer

    async def open_incidents(self, place: str) -> pb.ListOpenIncidentsResponse:
        """Give the open incidents that touch a place, newest first."""
        answer = pb.ListOpenIncidentsResponse()
        for row in await self._pool.fetch(_OPEN, place, MOST):
            found = _incident(row)
            shown = answer.incidents.add(
                code=found.code,
                hazard=HAZARDS[found.hazard],
                villages=found.villages,
                silent=len(found.silent()),
            )
            put_time(shown.confirmed_at, found.confirmed_at)
        return answer


def _incident(row: Any) -> Incident:
    return INCIDENTS.hydrate(row)
