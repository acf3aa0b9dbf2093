"""How far alerts are, over gRPC: for the operator and for those who command in an emergency."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.kernel.clock import Clock
from chassis.kernel.errors import NotFound
from kentongan.notifier.v1 import alert_views_pb2 as pb
from kentongan.notifier.v1 import alert_views_pb2_grpc as rpc
from notifier.application.alert_views import AlertHead, Count, Views, Wanted
from notifier.domain.funnel import NO_ADDRESS, Funnel, funnel_of, is_running
from notifier.domain.lane import Lane
from notifier.domain.reasons import in_words
from notifier.entrypoints.alert_bounds import Sight
from notifier.entrypoints.operator_queries import LANES
from notifier.entrypoints.paging import read_token, token_of
from wire.times import stamp

DEFAULT_PAGE = 20
LOOKS_BACK = timedelta(days=30)
ADD_UP = (pb.FUNNEL_BY_PLACE, pb.FUNNEL_BY_REASON)
"""Parts in which everybody is once."""


class AlertViewService(rpc.AlertViewServiceServicer):
    """AlertViewService of the contract. `place_name` gives a place's name for people."""

    def __init__(self, views: Views, sight: Sight, place_name: Callable[[str], str], clock: Clock) -> None:
        self._views, self._sight, self._clock = views, sight, clock
        self._names: Mapping[int, Callable[[str], str]] = {
            pb.FUNNEL_BY_PLACE: place_name,
            pb.FUNNEL_BY_REASON: in_words,
        }
        self._reads = {
            pb.FUNNEL_BY_CHANNEL: views.by_channel,
            pb.FUNNEL_BY_CARRIER: views.by_carrier,
            pb.FUNNEL_BY_PLACE: views.by_place,
            pb.FUNNEL_BY_REASON: views.by_reason,
        }

    async def ListAlerts(self, request: pb.ListAlertsRequest, _context: Any) -> pb.ListAlertsResponse:  # noqa: N802 - the contract's name
        """List alerts, the newest first, each with how far it is."""
        now, limit = self._clock.now(), request.page_size or DEFAULT_PAGE
        wanted = Wanted(
            since=request.since.ToDatetime(UTC) if request.HasField("since") else now - LOOKS_BACK,
            now=now,
            limit=limit,
            lane=Lane(request.lane) if request.lane else None,
            state=request.state,
            template=request.template,
            running=request.running,
            replies=request.replies,
            before=read_token(request.page_token),
            places=await self._sight.here(),
        )
        heads = await self._views.recent(wanted)
        counts = _grouped(await self._views.by_state([head.id for head in heads]))
        full = len(heads) == limit
        return pb.ListAlertsResponse(
            alerts=[_summary(head, counts.get(str(head.id), ()), now) for head in heads],
            next_page_token=token_of(heads[-1].accepted_at, heads[-1].id) if full else "",
        )

    async def GetFunnel(self, request: pb.GetFunnelRequest, _context: Any) -> pb.GetFunnelResponse:  # noqa: N802 - the contract's name
        """Give how far an alert is, as a whole and in parts."""
        await self._sight.check(UUID(request.alert_id))
        head = await self._views.one(UUID(request.alert_id))
        if head is None:
            raise NotFound("alert_id")
        read = self._reads.get(request.by)
        counts = await read(head) if read else ()
        groups = _grouped(counts)
        # Copies by channel and carrier do not add up to people: some have two.
        people = counts if request.by in ADD_UP else await self._views.by_state([head.id])
        without_phone = head.audience - sum(one.number for one in people)
        if request.by == pb.FUNNEL_BY_REASON and without_phone > 0:
            groups.setdefault(NO_ADDRESS, [])
        parts = self._parts(request.by, groups, without_phone)
        return pb.GetFunnelResponse(alert=_summary(head, people, self._clock.now()), parts=parts)

    def _parts(self, by: int, groups: Mapping[str, Sequence[Count]], without_phone: int) -> list[pb.FunnelPart]:
        name = self._names.get(by, str)
        parts = []
        for key, counts in groups.items():
            known = sum(one.number for one in counts)
            more = without_phone if by == pb.FUNNEL_BY_REASON and key == NO_ADDRESS else 0
            parts.append((key, _counted(counts, known + more)))
        parts.sort(key=lambda part: (-part[1].audience, part[0]))
        return [pb.FunnelPart(key=key, name=name(key), funnel=_funnel(funnel)) for key, funnel in parts]


def _summary(head: AlertHead, counts: Sequence[Count], now: datetime) -> pb.AlertSummary:
    funnel = _counted(counts, head.audience)
    return pb.AlertSummary(
        alert_id=str(head.id),
        template=head.template,
        lane=LANES[head.lane],
        state=head.state.value,
        reason=head.reason,
        accepted_at=stamp(head.accepted_at),
        expires_at=stamp(head.expires_at),
        acknowledge_by=stamp(head.acknowledge_by),
        reply=head.reply,
        running=is_running(head.state, head.expires_at, funnel.waiting, now),
        funnel=_funnel(funnel),
    )


def _funnel(funnel: Funnel) -> pb.Funnel:
    return pb.Funnel(**{field: getattr(funnel, field) for field in Funnel.__dataclass_fields__})


def _counted(counts: Sequence[Count], audience: int) -> Funnel:
    acknowledged = sum(one.acknowledged for one in counts)
    return funnel_of([(one.state, one.number) for one in counts], audience=audience, acknowledged=acknowledged)


def _grouped(counts: Iterable[Count]) -> dict[str, list[Count]]:
    groups: dict[str, list[Count]] = defaultdict(list)
    for one in counts:
        groups[one.key].append(one)
    return groups
