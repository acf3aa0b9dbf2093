"""gRPC commands and queries (proto/kentongan/destana/v1/service.proto)."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

import grpc
from google.protobuf.message import Message

from chassis.grpc import caller, idempotent
from chassis.grpc.idempotency import Creating
from chassis.kernel.errors import NotFound
from chassis.kernel.work import Work
from chassis.postgres.boundary import Boundary
from chassis.postgres.step import Look, Step
from destana.application.acknowledge_incident import AcknowledgeIncident, acknowledge_incident
from destana.application.report_hazard import ReportHazard, report_hazard
from destana.domain.hazard import Hazard
from destana.domain.incident import Incident
from destana.entrypoints.scene import World
from kentongan.destana.v1 import incident_pb2
from kentongan.destana.v1 import service_pb2 as pb
from kentongan.destana.v1.service_pb2_grpc import HazardServiceServicer

A = TypeVar("A", bound=Message)
HAZARDS = {incident_pb2.Hazard.Value(f"HAZARD_{hazard.name}"): hazard for hazard in Hazard}
Context = grpc.aio.ServicerContext[Any, Any]


class Queries(Protocol):
    """Questions that read without locks."""

    async def incident(self, code: str) -> pb.GetIncidentResponse | None:
        """Give an incident as it stands, or None."""

    async def open_incidents(self, place: str) -> pb.ListOpenIncidentsResponse:
        """Give the open incidents that touch a place."""


class Hazards(HazardServiceServicer):
    """The service on the wire. The gate has checked token, role and contract before a method runs."""

    def __init__(self, boundary: Boundary, queries: Queries, world: World) -> None:
        self._boundary = boundary
        self._queries = queries
        self._world = world

    async def ReportHazard(self, request: pb.ReportHazardRequest, context: Context) -> pb.ReportHazardResponse:
        """Take a report."""
        who = caller()
        command = ReportHazard(
            reporter=who.contact_id,
            roles=tuple(grant.role for grant in who.grants),
            hazard=HAZARDS[request.hazard],
            village=request.village,
            depth_cm=request.depth_cm if request.HasField("depth_cm") else None,
            point=(request.point.latitude, request.point.longitude) if request.HasField("point") else None,
            key=request.idempotency_key,
        )
        world = self._world

        async def handle(work: Work) -> pb.ReportHazardResponse:
            taken = await report_hazard(command, work, world.rules, world.places, world.clocks)
            return pb.ReportHazardResponse(incident_code=taken.incident, reporters=taken.reporters)

        return await self._once(request, pb.ReportHazardResponse, handle)

    async def AcknowledgeIncident(
        self, request: pb.AcknowledgeIncidentRequest, context: Context
    ) -> pb.AcknowledgeIncidentResponse:
        """Answer an alert."""
        command = AcknowledgeIncident(caller().contact_id, request.code or None)

        async def handle(work: Work) -> pb.AcknowledgeIncidentResponse:
            incident = await acknowledge_incident(command, work)
            return pb.AcknowledgeIncidentResponse(code=incident.code)

        finds = ((Incident, "code", request.code),) if request.code else ()
        return await self._once(request, pb.AcknowledgeIncidentResponse, handle, finds)

    async def GetIncident(self, request: pb.GetIncidentRequest, context: Context) -> pb.GetIncidentResponse:
        """Give an incident, with who has answered."""
        found = await self._queries.incident(request.code)
        if found is None:
            raise NotFound("code", f"{request.code} tidak dikenal")
        return found

    async def ListOpenIncidents(
        self, request: pb.ListOpenIncidentsRequest, context: Context
    ) -> pb.ListOpenIncidentsResponse:
        """Give the incidents that are open."""
        return await self._queries.open_incidents(request.place)

    async def _once(
        self, request: Creating, answer: type[A], handle: Callable[[Work], Awaitable[A]], finds: tuple[Look, ...] = ()
    ) -> A:
        """Run a creating command; the same key and request give the first answer again."""
        step = Step(None, handle, idempotency=idempotent(request, answer), finds=finds)
        return await self._boundary.command(step)
