"""gRPC commands and queries (proto/kentongan/gareng_mesem/v1/service.proto)."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Protocol, TypeVar
from uuid import UUID

import grpc
from google.protobuf.message import Message

from chassis.grpc import caller, idempotent
from chassis.grpc.idempotency import Creating
from chassis.kernel.errors import NotFound, Reject
from chassis.kernel.work import Work
from chassis.postgres.boundary import Boundary
from chassis.postgres.step import Step
from gareng_mesem.application.answer_pickup import AnswerPickup, answer_pickup
from gareng_mesem.application.complete_pickup import CompletePickup, complete_pickup
from gareng_mesem.application.dispute_report import DisputeReport, dispute_report
from gareng_mesem.application.ports import Places
from gareng_mesem.application.report_waste import ReportWaste, heap_of, report_of, report_waste
from gareng_mesem.domain.collector import Collector
from gareng_mesem.domain.pickup import Pickup
from gareng_mesem.domain.report import Report
from gareng_mesem.domain.waste import Category, Size
from gareng_mesem.entrypoints.scene import World
from gareng_mesem.entrypoints.words.sampah import USUAL_SIZE
from kentongan.gareng_mesem.v1 import report_pb2
from kentongan.gareng_mesem.v1 import service_pb2 as pb
from kentongan.gareng_mesem.v1.service_pb2_grpc import WasteServiceServicer
from wire.times import put_time

CHANNEL = "grpc"
OFFICE = ("field_supervisor", "dlh_officer", "operator")
A = TypeVar("A", bound=Message)
CATEGORIES = {report_pb2.Category.Value(f"CATEGORY_{category.name}"): category for category in Category}
SIZES = {report_pb2.Size.Value(f"SIZE_{size.name}"): size for size in Size}
Context = grpc.aio.ServicerContext[Any, Any]


class Found(Protocol):
    """A report and whose it is."""

    @property
    def reporter(self) -> UUID:
        """Whose."""

    @property
    def answer(self) -> pb.GetReportResponse:
        """The report as it stands."""


class Queries(Protocol):
    """Questions that read without locks."""

    async def report(self, code: str) -> Found | None:
        """Give a report as it stands, or None."""

    async def open_pickups(self, place: str, collector: UUID | None) -> pb.ListOpenPickupsResponse:
        """Give the open pickups of a place, those of one collector only where one is given."""


class Waste(WasteServiceServicer):
    """The service on the wire. The gate has checked token, role and contract before a method runs."""

    def __init__(self, boundary: Boundary, queries: Queries, world: World) -> None:
        self._boundary = boundary
        self._queries = queries
        self._world = world

    async def ReportWaste(self, request: pb.ReportWasteRequest, context: Context) -> pb.ReportWasteResponse:
        """Make a report."""
        point = (request.point.latitude, request.point.longitude) if request.HasField("point") else None
        size = SIZES.get(request.size, USUAL_SIZE)
        command = ReportWaste(
            caller().contact_id,
            CHANNEL,
            CATEGORIES[request.category],
            size,
            request.village,
            point,
            key=request.idempotency_key,
        )

        async def handle(work: Work) -> pb.ReportWasteResponse:
            made = await report_waste(command, work, self._world.places, self._world.clocks)
            answer = pb.ReportWasteResponse(code=made.code, merged=made.merged)
            put_time(answer.target_at, made.target_at)
            return answer

        step = Step(None, handle, idempotency=idempotent(request, pb.ReportWasteResponse))
        return await self._boundary.command(_foreseen(step, command, self._world.places))

    async def DisputeReport(self, request: pb.DisputeReportRequest, context: Context) -> pb.DisputeReportResponse:
        """Say that it still lies there."""
        command = DisputeReport(caller().contact_id, request.code)

        async def handle(work: Work) -> pb.DisputeReportResponse:
            reopened = await dispute_report(command, work, self._world.places, self._world.clocks)
            return pb.DisputeReportResponse(state="reopened" if reopened else "disputed")

        return await self._once(request, pb.DisputeReportResponse, handle)

    async def AnswerPickup(self, request: pb.AnswerPickupRequest, context: Context) -> pb.AnswerPickupResponse:
        """Take or refuse a pickup."""
        command = AnswerPickup(caller().contact_id, request.code, request.accepted)

        async def handle(work: Work) -> pb.AnswerPickupResponse:
            pickup = await answer_pickup(command, work, self._world.places, self._world.clocks)
            return pb.AnswerPickupResponse(state=pickup.state.value)

        return await self._once(request, pb.AnswerPickupResponse, handle)

    async def CompletePickup(self, request: pb.CompletePickupRequest, context: Context) -> pb.CompletePickupResponse:
        """Say that a pickup is done."""
        command = CompletePickup(caller().contact_id, request.code, request.volume_m3)

        async def handle(work: Work) -> pb.CompletePickupResponse:
            pickup = await complete_pickup(command, work)
            return pb.CompletePickupResponse(state=pickup.state.value)

        return await self._once(request, pb.CompletePickupResponse, handle)

    async def GetReport(self, request: pb.GetReportRequest, context: Context) -> pb.GetReportResponse:
        """Give a report to its reporter or to the office; to others it does not exist."""
        who = caller()
        found = await self._queries.report(request.code)
        if found is None or not (found.reporter == who.contact_id or who.has_role(OFFICE)):
            raise NotFound("code", f"{request.code} tidak dikenal")
        return found.answer

    async def ListOpenPickups(
        self, request: pb.ListOpenPickupsRequest, context: Context
    ) -> pb.ListOpenPickupsResponse:
        """Give the pickups that are not done."""
        who = caller()
        mine: UUID | None = None if who.has_role(OFFICE) else who.contact_id
        return await self._queries.open_pickups(request.place, mine)

    async def _once(self, request: Creating, answer: type[A], handle: Callable[[Work], Awaitable[A]]) -> A:
        """Run a creating command; the same key and request give the first answer again."""
        return await self._boundary.command(Step(None, handle, idempotency=idempotent(request, answer)))


def _foreseen(step: Step[A], command: ReportWaste, places: Places) -> Step[A]:
    """With all that the handler will ask for: loaded at once instead of in four rounds."""
    if (report := report_of(command)) is not None:
        step.needs = ((Report, report),)
    with suppress(Reject):  # the handler says it, unless the same was asked before
        heap = heap_of(command, places)
        step.finds = ((Pickup, "open_heap", heap), (Collector, "region", places.code))
    return step
