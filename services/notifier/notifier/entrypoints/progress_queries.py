"""Who has acknowledged an alert and who has not, over gRPC."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Protocol
from uuid import UUID

from google.protobuf.duration_pb2 import Duration

from chassis.grpc.caller import caller
from chassis.grpc.idempotency import idempotent
from chassis.kernel.clock import Clock
from chassis.kernel.errors import NotFound, Reject
from chassis.kernel.work import Work
from chassis.postgres.boundary import Boundary
from chassis.postgres.step import Step
from kentongan.common.v1 import place_pb2
from kentongan.notifier.v1 import alert_progress_pb2 as pb
from kentongan.notifier.v1 import alert_progress_pb2_grpc as rpc
from kentongan.notifier.v1 import alert_service_pb2, channel_pb2, delivery_pb2
from notifier.application.acknowledge_for import AcknowledgeFor, acknowledge_for
from notifier.domain.acknowledgement import Acknowledgement, Via
from notifier.entrypoints.alert_bounds import Sight
from notifier.entrypoints.followed import News, Records, Seen
from notifier.entrypoints.operator_queries import STATES
from notifier.entrypoints.watching import Watches
from wire.alerts import CHANNELS
from wire.times import stamp

PERIOD = timedelta(days=30)
DEFAULT_PAGE = 100
VIA = {via: delivery_pb2.AcknowledgedVia.Value(f"ACKNOWLEDGED_VIA_{via.name}") for via in Via}
_ACKNOWLEDGED = {pb.STANDING_SILENT: False, pb.STANDING_ACKNOWLEDGED: True}


class ProgressRecords(Records, Protocol):
    """Reads without locks (`adapters.progress`)."""

    async def hidden(self, alert: UUID, *, acknowledged: bool | None, places: Collection[str]) -> int:
        """How many were asked elsewhere."""

    async def times(
        self,
        alert: UUID | None,
        template: str,
        since: datetime | None,
        until: datetime | None,
        places: Sequence[str] | None,
    ) -> list[Any]:
        """How long people took; `places`: of alerts to groups there, None: of all."""


class AlertProgressService(rpc.AlertProgressServiceServicer):
    """AlertProgressService of the contract."""

    def __init__(self, boundary: Boundary, records: ProgressRecords, news: News, sight: Sight, clock: Clock) -> None:
        self._boundary, self._records, self._sight, self._clock = boundary, records, sight, clock
        self._watches = Watches(records, news)

    async def ListAsked(self, request: pb.ListAskedRequest, _context: Any) -> pb.ListAskedResponse:  # noqa: N802 - the contract's name
        """List those asked."""
        alert, limit = await self._known(request.alert_id), request.page_size or DEFAULT_PAGE
        which, after = _ACKNOWLEDGED.get(request.standing), _after(request.page_token)
        places = await self._sight.people()
        found = await self._records.asked(alert, acknowledged=which, after=after, limit=limit, places=places)
        return pb.ListAskedResponse(
            people=[_person(one) for one in found],
            next_page_token=str(found[-1].contact) if len(found) == limit else "",
            hidden=await self._records.hidden(alert, acknowledged=which, places=places)
            if places is not None and after is None
            else 0,
        )

    async def AcknowledgeFor(self, request: pb.AcknowledgeForRequest, _context: Any) -> pb.AcknowledgeForResponse:  # noqa: N802 - the contract's name
        """Note an acknowledgement for somebody."""
        alert, contact = UUID(request.alert_id), UUID(request.contact_id)
        command = AcknowledgeFor(alert, contact, caller().contact_id, await self._sight.people())
        refused = await self._sight.refusal(alert)

        async def handle(work: Work) -> pb.AcknowledgeForResponse:
            if refused:
                raise refused
            found = await acknowledge_for(command, work)
            return pb.AcknowledgeForResponse(acknowledged_at=stamp(found.at), via=VIA[found.via or Via.OPERATOR])

        needs = ((Acknowledgement, Acknowledgement.id_of(command.alert, command.contact)),)
        once = idempotent(request, pb.AcknowledgeForResponse)
        return await self._boundary.command(Step(id=None, handle=handle, needs=needs, idempotency=once))

    async def GetAcknowledgementTimes(  # noqa: N802 - the contract's name
        self, request: pb.GetAcknowledgementTimesRequest, _context: Any
    ) -> pb.GetAcknowledgementTimesResponse:
        """Give the times by template."""
        alert = await self._known(request.alert_id) if request.alert_id else None
        until = _moment(request, "until")
        since = _moment(request, "from") or (None if alert else (until or self._clock.now()) - PERIOD)
        if since and until and until <= since:
            raise Reject("until", "after_from", "harus sesudah from")
        found = await self._records.times(alert, request.template, since, until, await self._sight.here())
        return pb.GetAcknowledgementTimesResponse(times=[_times(one) for one in found])

    async def WatchAlert(self, request: pb.WatchAlertRequest, _context: Any) -> AsyncIterator[pb.WatchAlertResponse]:  # noqa: N802 - the contract's name
        """Tell an alert's progress until the caller goes or may not see it any more."""
        alert = await self._known(request.alert_id)
        async with aclosing(self._watches.follow(alert, partial(self._sight.still, alert))) as looks:
            async for seen in looks:
                yield _seen(seen)

    async def _known(self, alert_id: str) -> UUID:
        await self._sight.check(UUID(alert_id))
        if await self._records.standing(UUID(alert_id)) is None:
            raise NotFound("alert_id", "peringatan ini tidak dikenal")
        return UUID(alert_id)


def _seen(seen: Seen) -> pb.WatchAlertResponse:
    return pb.WatchAlertResponse(
        state=seen.standing.state,
        asked=seen.standing.asked,
        acknowledged=seen.standing.acknowledged,
        steps=seen.standing.steps,
        people=[_person(one) for one in seen.people],
        snapshot=seen.snapshot,
        counts_only=seen.counts_only,
        hidden=seen.hidden,
    )


def _person(one: Any) -> pb.AskedPerson:
    return pb.AskedPerson(
        contact_id=str(one.contact),
        grant=place_pb2.Grant(role=one.role, place=one.place) if one.role else None,
        state=STATES.get(one.state, alert_service_pb2.DELIVERY_STATE_UNSPECIFIED),
        channel=CHANNELS.get(one.channel, channel_pb2.CHANNEL_UNSPECIFIED),
        asked_at=stamp(one.asked_at),
        acknowledged_at=stamp(one.at),
        via=VIA.get(one.via, delivery_pb2.ACKNOWLEDGED_VIA_UNSPECIFIED),
        step=one.step,
        stands_for=map(str, one.stands_for),
    )


def _times(one: Any) -> pb.AcknowledgementTimes:
    return pb.AcknowledgementTimes(
        template=one.template,
        asked=one.asked,
        acknowledged=one.acknowledged,
        p50=_length(one.p50),
        p90=_length(one.p90),
        p95=_length(one.p95),
        max=_length(one.longest),
    )


def _after(token: str) -> UUID | None:
    try:
        return UUID(token) if token else None
    except ValueError:
        raise Reject("page_token", "uuid", "bukan token halaman") from None


def _moment(request: pb.GetAcknowledgementTimesRequest, field: str) -> datetime | None:
    if not request.HasField(field):  # type: ignore[arg-type] # one of the two names of the contract
        return None
    found: datetime = getattr(request, field).ToDatetime(UTC)
    return found


def _length(length: timedelta | None) -> Duration | None:
    if length is None:
        return None
    made = Duration()
    made.FromTimedelta(length)
    return made
