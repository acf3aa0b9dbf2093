"""Questions that read without locks: a report with its pickup, and the pickups that are open."""

from dataclasses import dataclass
from uuid import UUID

from chassis.postgres.pool import Pool
from gareng_mesem.adapters.contracts import CATEGORIES
from gareng_mesem.domain.waste import Category
from kentongan.gareng_mesem.v1 import report_pb2, service_pb2
from wire.times import put_time

MOST = 200

_REPORT = """select r.reporter, r.code, r.state, r.category, r.village, p.code as pickup, p.state as pickup_state,
    p.target_at from report r join pickup p on p.id = r.pickup where r.code = $1"""
_OPEN = """select code, state, category, village, target_at from pickup
    where state <> 'done' and ($1 = '' or village = $1 or starts_with(village, $1 || '.'))
    and ($2::uuid is null or collector = $2) order by target_at limit $3"""


@dataclass(frozen=True, slots=True)
class FoundReport:
    """A report and whose it is."""

    reporter: UUID
    answer: service_pb2.GetReportResponse


class Queries:
    """Answers from the service's own tables."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def report(self, code: str) -> FoundReport | None:
        """Give the report as it stands, or None."""
        row = await self._pool.fetchrow(_REPORT, code)
        if row is None:
            return None
        answer = service_pb2.GetReportResponse(
            code=row["code"],
            state=row["state"],
            category=_category(row["category"]),
            village=row["village"],
            pickup_code=row["pickup"],
            pickup_state=row["pickup_state"],
        )
        put_time(answer.target_at, row["target_at"])
        return FoundReport(row["reporter"], answer)

    async def open_pickups(self, place: str, collector: UUID | None) -> service_pb2.ListOpenPickupsResponse:
        """Give the open pickups of a place, those of one collector only where one is given, oldest target first."""
        answer = service_pb2.ListOpenPickupsResponse()
        for row in await self._pool.fetch(_OPEN, place, collector, MOST):
            summary = answer.pickups.add(
                code=row["code"], state=row["state"], category=_category(row["category"]), village=row["village"]
            )
            put_time(summary.target_at, row["target_at"])
        return answer


def _category(name: str) -> report_pb2.Category.ValueType:
    return CATEGORIES[Category[name]]
