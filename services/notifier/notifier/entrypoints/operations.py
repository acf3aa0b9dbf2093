"""What waits, how the carriers do, what could not be understood: the operator's questions, over gRPC."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from chassis.grpc import caller
from chassis.kernel.clock import Clock
from chassis.kernel.errors import NotFound
from kentongan.notifier.v1 import operations_service_pb2 as pb
from kentongan.notifier.v1 import operations_service_pb2_grpc as rpc
from notifier.application.looks import Look, Looks, What
from notifier.application.operations import Backlogs, Planning, Quarantine, QueueBacklog, Spoiled, SpoiledWanted
from notifier.domain.carrier_health import Health
from notifier.domain.lane import Lane, channel_of, lane_of
from notifier.entrypoints.operator_queries import LANES
from notifier.entrypoints.paging import read_token, token_of
from wire.alerts import CHANNELS
from wire.times import stamp

DEFAULT_PAGE = 50


class OperationsService(rpc.OperationsServiceServicer):
    """OperationsService of the contract. `carriers` reads how they do at a moment."""

    def __init__(
        self,
        backlogs: Backlogs,
        carriers: Callable[[datetime], Awaitable[list[Health]]],
        quarantine: Quarantine,
        looks: Looks,
        clock: Clock,
    ) -> None:
        self._backlogs, self._carriers, self._quarantine = backlogs, carriers, quarantine
        self._looks, self._clock = looks, clock

    async def GetBacklog(self, _request: pb.GetBacklogRequest, _context: Any) -> pb.GetBacklogResponse:  # noqa: N802 - the contract's name
        """Tell what waits."""
        queues = await self._backlogs.queues()
        planning = {one.lane: one for one in await self._backlogs.planning()}
        return pb.GetBacklogResponse(
            lanes=[
                _lane(lane, [one for one in queues if lane_of(one.queue) is lane], planning.get(lane))
                for lane in Lane
            ]
        )

    async def ListCarriers(self, _request: pb.ListCarriersRequest, _context: Any) -> pb.ListCarriersResponse:  # noqa: N802 - as above
        """Tell how the carriers do."""
        found = await self._carriers(self._clock.now())
        return pb.ListCarriersResponse(carriers=[_carrier(one) for one in found])

    async def ListQuarantine(self, request: pb.ListQuarantineRequest, _context: Any) -> pb.ListQuarantineResponse:  # noqa: N802 - as above
        """List what could not be understood."""
        wanted = SpoiledWanted(
            reason=request.reason,
            carrier=request.carrier,
            since=request.since.ToDatetime(UTC) if request.HasField("since") else None,
            limit=request.page_size or DEFAULT_PAGE,
            before=read_token(request.page_token),
        )
        found = await self._quarantine.page(wanted)
        counts = await self._quarantine.counts(wanted)
        full = len(found) == wanted.limit
        return pb.ListQuarantineResponse(
            records=[_record(one) for one in found],
            next_page_token=token_of(found[-1].at, found[-1].id) if full else "",
            counts=[pb.ReasonCount(reason=reason, count=count) for reason, count in counts],
        )

    async def ShowQuarantined(self, request: pb.ShowQuarantinedRequest, _context: Any) -> pb.ShowQuarantinedResponse:  # noqa: N802 - as above
        """Show one record; what it said only when asked for, and noted."""
        record = UUID(request.record_id)
        found = await self._quarantine.one(record)
        if found is None:
            raise NotFound("record_id")
        content = b""
        if request.reveal:
            await self._looks.note(Look(caller().contact_id, What.REVEAL, (record,), self._clock.now()))
            content = await self._quarantine.content(record)
        return pb.ShowQuarantinedResponse(record=_record(found), content=content)


def _lane(lane: Lane, queues: list[QueueBacklog], planning: Planning | None) -> pb.LaneBacklog:
    moments = [one.oldest for one in queues if one.oldest] + ([planning.oldest] if planning else [])
    return pb.LaneBacklog(
        lane=LANES[lane],
        queues=[_queue(one) for one in queues],
        planning=planning.alerts if planning else 0,
        oldest=stamp(min(moments, default=None)),
    )


def _queue(one: QueueBacklog) -> pb.QueueBacklog:
    return pb.QueueBacklog(
        channel=CHANNELS[channel_of(one.queue)],
        waiting=one.waiting,
        sending=one.sending,
        retrying=one.retrying,
        oldest=stamp(one.oldest),
    )


def _carrier(one: Health) -> pb.CarrierHealth:
    return pb.CarrierHealth(
        carrier=one.carrier,
        channel=CHANNELS[one.channel],
        up=one.up,
        since=stamp(one.since),
        reason=one.reason,
        rests_until=stamp(one.rests_until),
        window=one.window,
        window_used=one.used,
        accepted=one.accepted,
        failed=one.failed,
        throttled=one.throttled,
        last_error=one.last_error,
        last_error_at=stamp(one.last_error_at),
        at=stamp(one.at),
    )


def _record(one: Spoiled) -> pb.QuarantinedRecord:
    return pb.QuarantinedRecord(
        record_id=str(one.id),
        carrier=one.carrier,
        reason=one.reason,
        detail=one.detail,
        at=stamp(one.at),
        size=one.size,
    )
