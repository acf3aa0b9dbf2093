"""The operator's questions about alerts and messages, over gRPC."""

from collections.abc import Collection
from typing import Any, Protocol
from uuid import UUID

from chassis.kernel.errors import NotFound, Reject
from kentongan.notifier.v1 import alert_pb2, message_service_pb2, message_service_pb2_grpc
from kentongan.notifier.v1 import alert_service_pb2 as pb
from kentongan.notifier.v1 import alert_service_pb2_grpc as rpc
from notifier.domain.delivery import State
from notifier.domain.lane import Lane
from notifier.entrypoints.alert_bounds import Sight
from notifier.entrypoints.alert_commands import AlertCommands
from wire.alerts import CHANNELS
from wire.times import stamp

STATES = {state: pb.DeliveryState.Value(f"DELIVERY_STATE_{state.name}") for state in State}
LANES = {lane: alert_pb2.Lane.Value(f"LANE_{lane.name}") for lane in Lane}


class Records(Protocol):
    """Reads without locks (`adapters.directory`)."""

    async def alert(self, alert: UUID) -> Any:
        """An alert, or None."""

    async def counts(self, alert: UUID) -> list[Any]:
        """Deliveries by state and channel."""

    async def deliveries(
        self, alert: UUID, after: UUID | None, limit: int, places: Collection[str] | None
    ) -> list[Any]:
        """An alert's deliveries; `places`: to people there."""

    async def hidden(self, alert: UUID, places: Collection[str]) -> int:
        """How many people it goes to who are not there."""

    async def messages(self, contact: UUID, limit: int) -> list[Any]:
        """What a contact sent."""


class AlertService(rpc.AlertServiceServicer):
    """AlertService of the contract."""

    def __init__(self, records: Records, sight: Sight, commands: AlertCommands) -> None:
        self._records, self._sight, self._commands = records, sight, commands

    async def RaiseAlert(self, request: pb.RaiseAlertRequest, _context: Any) -> pb.RaiseAlertResponse:  # noqa: N802 - the contract's name
        """Raise an alert by hand."""
        return await self._commands.raise_alert(request)

    async def CancelAlert(self, request: pb.CancelAlertRequest, _context: Any) -> pb.CancelAlertResponse:  # noqa: N802 - the contract's name
        """Call an alert off."""
        return await self._commands.cancel_alert(request)

    async def UpdateAlert(self, request: pb.UpdateAlertRequest, _context: Any) -> pb.UpdateAlertResponse:  # noqa: N802 - the contract's name
        """Give an alert a new text."""
        return await self._commands.update_alert(request)

    async def GetAlert(self, request: pb.GetAlertRequest, _context: Any) -> pb.GetAlertResponse:  # noqa: N802 - the contract's name
        """Give an alert's progress."""
        alert = UUID(request.alert_id)
        await self._sight.check(alert)
        found = await self._records.alert(alert)
        if found is None:
            raise NotFound("alert_id")
        counts = await self._records.counts(alert)
        return pb.GetAlertResponse(
            alert_id=request.alert_id,
            state=found.state,
            reason=found.reason,
            template=found.template,
            lane=LANES[found.lane],
            planned=found.planned,
            counts=[pb.DeliveryCount(state=STATES[s], channel=CHANNELS[c], count=n) for s, c, n in counts],
            accepted_at=stamp(found.accepted_at),
            expires_at=stamp(found.expires_at),
        )

    async def ListDeliveries(self, request: pb.ListDeliveriesRequest, _context: Any) -> pb.ListDeliveriesResponse:  # noqa: N802 - the contract's name
        """List an alert's deliveries, page by page."""
        limit = request.page_size or 100
        try:
            after = UUID(request.page_token) if request.page_token else None
        except ValueError:
            raise Reject("page_token", "uuid", "bukan token halaman") from None
        alert = UUID(request.alert_id)
        await self._sight.check(alert)
        places = await self._sight.people()
        found = await self._records.deliveries(alert, after, limit, places)
        return pb.ListDeliveriesResponse(
            deliveries=[
                pb.Delivery(
                    delivery_id=str(one.id),
                    contact_id=str(one.contact),
                    state=STATES[one.state],
                    channel=CHANNELS[one.channel],
                    attempts=one.tries,
                    reason=one.reason,
                    at=stamp(one.at),
                )
                for one in found
            ],
            next_page_token=str(found[-1].contact) if len(found) == limit else "",
            hidden=await self._records.hidden(alert, places) if places is not None and after is None else 0,
        )


class MessageService(message_service_pb2_grpc.MessageServiceServicer):
    """MessageService of the contract."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def ListMessages(  # noqa: N802 - the contract's name
        self, request: message_service_pb2.ListMessagesRequest, _context: Any
    ) -> message_service_pb2.ListMessagesResponse:
        """List a contact's messages and where each was routed."""
        found = await self._records.messages(UUID(request.contact_id), request.page_size or 50)
        return message_service_pb2.ListMessagesResponse(
            messages=[
                message_service_pb2.InboundMessage(
                    message_id=str(one.id),
                    contact_id=request.contact_id,
                    channel=CHANNELS[one.channel],
                    service=one.service,
                    route=one.route,
                    received_at=stamp(one.received_at),
                )
                for one in found
            ]
        )
