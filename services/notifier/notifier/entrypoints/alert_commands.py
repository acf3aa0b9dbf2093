"""Alerts raised, updated and called off by hand, over gRPC. Whatever is wrong is refused with its field."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID

from chassis.grpc.idempotency import idempotent
from chassis.kernel.errors import Reject
from chassis.kernel.ids import new_id
from chassis.kernel.work import Work
from chassis.postgres.boundary import Boundary
from chassis.postgres.step import Step
from chassis.telemetry.traceparent import current_traceparent
from kentongan.notifier.v1 import alert_pb2
from kentongan.notifier.v1 import alert_service_pb2 as pb
from notifier.application.cancel_alert import CancelAlert, cancel_alert
from notifier.application.ports import Envelopes, Texts
from notifier.application.raise_alert import RaiseAlert, newest, raise_alert
from notifier.application.update_alert import UpdateAlert, update_alert
from notifier.domain.alert import Alert, KeyHolder, Words
from notifier.domain.audience import Audience
from notifier.domain.lane import Lane
from notifier.entrypoints.alert_bounds import Bounds
from notifier.entrypoints.alerts import audience_of


class Audiences(Protocol):
    """Looks for people without locking them."""

    async def anybody(self, audience: Audience, *, routine: bool) -> bool:
        """Whether somebody is in the audience; for routine, somebody who did not opt out."""


class AlertCommands:
    """The commands of AlertService.

    A repeated command gets its first answer whatever has become wrong since: refusals are said by the step.
    """

    def __init__(
        self,
        boundary: Boundary,
        audiences: Audiences,
        texts: Texts,
        envelopes: Envelopes,
        knows_place: Callable[[str], bool],
        bounds: Callable[[], Awaitable[Bounds]],
    ) -> None:
        self._boundary, self._audiences, self._knows = boundary, audiences, knows_place
        self._texts, self._envelopes, self._bounds = texts, envelopes, bounds

    async def raise_alert(self, request: pb.RaiseAlertRequest) -> pb.RaiseAlertResponse:
        """Raise an alert."""
        alert, key = new_id(), request.deduplication_key
        refusal = self._fault(request.template, request.values) or await self._nobody(request)

        async def handle(work: Work) -> pb.RaiseAlertResponse:
            if refusal:
                raise refusal
            made = self._alert(request, alert, work.now)
            await raise_alert(RaiseAlert(made), work)
            return pb.RaiseAlertResponse(alert_id=str(alert), state=made.state.value)

        needs = ((KeyHolder, KeyHolder.id_of(key)),) if key else ()
        once = idempotent(request, pb.RaiseAlertResponse)
        return await self._boundary.command(Step(id=None, handle=handle, idempotency=once, needs=needs))

    async def cancel_alert(self, request: pb.CancelAlertRequest) -> pb.CancelAlertResponse:
        """Call an alert off."""
        alert, end, words, bounds = UUID(request.alert_id), None, None, await self._bounds()
        refusal = self._fault(request.template, request.values) if request.template else None
        if request.template:
            end, words = new_id(), self._words(request.template, request.values)

        async def handle(work: Work) -> pb.CancelAlertResponse:
            if refused := refusal or await _not_theirs(bounds, alert, work):
                raise refused
            alert_off, told = await cancel_alert(CancelAlert(alert, request.reason, words, end), work)
            return pb.CancelAlertResponse(
                alert_id=str(alert_off.id), state=alert_off.state.value, end_alert_id=str(told.id if told else "")
            )

        once = idempotent(request, pb.CancelAlertResponse)
        return await self._boundary.command(Step(id=None, handle=handle, idempotency=once, needs=((Alert, alert),)))

    async def update_alert(self, request: pb.UpdateAlertRequest) -> pb.UpdateAlertResponse:
        """Give an alert a new text."""
        alert, update, bounds = UUID(request.alert_id), new_id(), await self._bounds()
        refusal = self._fault(request.template, request.values)
        words = self._words(request.template, request.values)

        async def handle(work: Work) -> pb.UpdateAlertResponse:
            if refused := refusal or await _not_theirs(bounds, alert, work):
                raise refused
            expires_at, by = _times(request, work.now)
            made = await update_alert(UpdateAlert(alert, update, words, expires_at, by), work)
            return pb.UpdateAlertResponse(alert_id=str(made.id), state=made.state.value)

        once = idempotent(request, pb.UpdateAlertResponse)
        return await self._boundary.command(Step(id=None, handle=handle, idempotency=once, needs=((Alert, alert),)))

    def _words(self, template: str, values: Mapping[str, str]) -> Words:
        return Words(template, self._envelopes.seal_values(dict(values)))

    def _fault(self, template: str, values: Mapping[str, str]) -> Reject | None:
        fault = self._texts.fault(template, dict(values))
        if fault is None:
            return None
        if fault.name:
            return Reject(f"values.{fault.name}", fault.rule, f"isian {fault.name} {fault.allowed}")
        return Reject("template", fault.rule, "teks ini tidak ada di paket wilayah")

    async def _nobody(self, request: pb.RaiseAlertRequest) -> Reject | None:
        for number, group in enumerate(request.audience.groups):
            if not self._knows(group.place):
                return Reject(f"audience.groups[{number}].place", "place", "kode tempat tidak dikenal")
        audience, routine = audience_of(request.audience), request.lane == alert_pb2.LANE_ROUTINE
        if outside := (await self._bounds()).refuse(audience):
            return outside
        if await self._audiences.anybody(audience, routine=routine):
            return None
        return Reject("audience", "nobody", "tidak ada orang yang termasuk sasaran ini")

    def _alert(self, request: pb.RaiseAlertRequest, id_: UUID, now: datetime) -> Alert:
        expires_at, acknowledge_by = _times(request, now)
        words = self._words(request.template, request.values)
        return Alert(
            id_,
            subject=id_,
            template=words.template,
            sealed_values=words.sealed_values,
            audience=audience_of(request.audience),
            lane=Lane(request.lane),
            expires_at=expires_at,
            accepted_at=now,
            acknowledge_by=acknowledge_by,
            deduplication_key=request.deduplication_key,
            traceparent=current_traceparent() or "",
        )


async def _not_theirs(bounds: Bounds, alert: UUID, work: Work) -> Reject | None:
    """Why this caller may not touch an alert: some of its people are outside. Raises NotFound."""
    return bounds.refuse((await newest(alert, work)).audience, "alert_id")


def _times(request: pb.RaiseAlertRequest | pb.UpdateAlertRequest, now: datetime) -> tuple[datetime, datetime | None]:
    """Expiry and acknowledgement. Raises Reject for those that are over, or the wrong way round."""
    expires_at = request.expires_at.ToDatetime(UTC)
    if expires_at <= now:
        raise Reject("expires_at", "expired", "batas waktu sudah lewat; isi waktu sesudah sekarang")
    if not request.HasField("acknowledge_by"):
        return expires_at, None
    acknowledge_by = request.acknowledge_by.ToDatetime(UTC)
    if not now < acknowledge_by <= expires_at:
        raise Reject("acknowledge_by", "out_of_range", "isi waktu sesudah sekarang dan sebelum batas waktu")
    return expires_at, acknowledge_by
