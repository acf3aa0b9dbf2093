"""How reports, pickups and collectors lie in PostgreSQL."""

from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.postgres.table import OpenOnly, Table
from gareng_mesem.domain.collector import Collector
from gareng_mesem.domain.pickup import Pickup, PickupState
from gareng_mesem.domain.report import Report, ReportState
from gareng_mesem.domain.waste import Category, Size, heap_at

Spot = tuple[float, float] | None


def _spot(latitude: float | None, longitude: float | None) -> Spot:
    return None if latitude is None or longitude is None else (latitude, longitude)


def _report_row(report: Report) -> tuple[object, ...]:
    return (
        report.code,
        report.reporter,
        report.channel,
        report.category.name,
        report.size.name,
        report.village,
        *(report.point or (None, None)),
        report.pickup,
        report.made_at,
        report.photo,
        report.merged,
        report.state.value,
        report.disputes,
    )


def _report(report_id: UUID, version: int, *columns: Any) -> Report:
    code, reporter, channel, category, size, village, lat, lon, pickup, made_at, photo, merged, state, disputes = (
        columns
    )
    return Report(
        report_id,
        version=version,
        code=code,
        reporter=reporter,
        channel=channel,
        category=Category[category],
        size=Size[size],
        village=village,
        point=_spot(lat, lon),
        pickup=pickup,
        made_at=made_at,
        photo=photo,
        merged=merged,
        state=ReportState(state),
        disputes=disputes,
    )


REPORTS = Table(
    kind=Report,
    name="report",
    columns={
        "code": "text",
        "reporter": "uuid",
        "channel": "text",
        "category": "text",
        "size": "text",
        "village": "text",
        "latitude": "float8",
        "longitude": "float8",
        "pickup": "uuid",
        "made_at": "timestamptz",
        "photo": "text",
        "merged": "boolean",
        "state": "text",
        "disputes": "int",
    },
    to_row=_report_row,
    from_row=_report,
    indexes={"code": "code", "reporter": "reporter"},
    keys={"code": lambda report: report.code, "reporter": lambda report: report.reporter},
)


def _pickup_row(pickup: Pickup) -> tuple[object, ...]:
    return (
        pickup.code,
        pickup.category.name,
        pickup.size.name,
        pickup.village,
        heap_of(pickup),
        *(pickup.point or (None, None)),
        pickup.target_at,
        pickup.reports,
        pickup.state.value,
        pickup.collector,
        pickup.asked,
        pickup.offered_until,
        pickup.volume_m3,
        pickup.reopened,
    )


def heap_of(pickup: Pickup) -> str:
    """The look-up key under which reports find a pickup that they may join."""
    return heap_at(pickup.village, pickup.category)


def _pickup(pickup_id: UUID, version: int, *columns: Any) -> Pickup:
    code, category, size, village, _heap, lat, lon, target_at, reports, state, *answered = columns
    collector, asked, offered_until, volume_m3, reopened = answered
    until: datetime | None = offered_until
    return Pickup(
        pickup_id,
        version=version,
        code=code,
        category=Category[category],
        size=Size[size],
        village=village,
        point=_spot(lat, lon),
        target_at=target_at,
        reports=list(reports),
        state=PickupState(state),
        collector=collector,
        asked=list(asked),
        offered_until=until,
        volume_m3=volume_m3,
        reopened=reopened,
    )


_OPEN: OpenOnly[Pickup] = OpenOnly("state <> 'done'", lambda pickup: pickup.open)

PICKUPS = Table(
    kind=Pickup,
    name="pickup",
    columns={
        "code": "text",
        "category": "text",
        "size": "text",
        "village": "text",
        "heap": "text",
        "latitude": "float8",
        "longitude": "float8",
        "target_at": "timestamptz",
        "reports": "uuid[]",
        "state": "text",
        "collector": "uuid",
        "asked": "uuid[]",
        "offered_until": "timestamptz",
        "volume_m3": "float8",
        "reopened": "int",
    },
    to_row=_pickup_row,
    from_row=_pickup,
    indexes={"code": "code", "open_heap": "heap", "collector": "collector"},
    keys={"code": lambda pickup: pickup.code, "open_heap": heap_of, "collector": lambda pickup: pickup.collector},
    open_only={"open_heap": _OPEN, "collector": _OPEN},
)

COLLECTORS = Table(
    kind=Collector,
    name="collector",
    columns={"region": "text", "places": "text[]", "on_duty": "boolean"},
    to_row=lambda collector: (collector.region, collector.places, collector.on_duty),
    from_row=lambda collector_id, version, region, places, on_duty: Collector(
        collector_id, version=version, region=region, places=list(places), on_duty=on_duty
    ),
    indexes={"region": "region"},
    keys={"region": lambda collector: collector.region},
)

TABLES = (REPORTS, PICKUPS, COLLECTORS)
