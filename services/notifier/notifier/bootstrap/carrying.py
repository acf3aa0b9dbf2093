"""What carries messages: carriers, lanes, and what comes in."""

from collections.abc import Mapping, Sequence

from chassis.postgres.pool import open_pool
from chassis.process import Part, Process
from chassis.process.background import Background
from notifier import config as work
from notifier import metrics
from notifier.adapters.backlogs import Backlogs
from notifier.adapters.carrier_health import CarrierHealth
from notifier.adapters.carrier_shares import CarrierShares
from notifier.adapters.deliveries import Hearers, LaneDeliveries
from notifier.adapters.fleet import Fleet
from notifier.adapters.fleets import SmsCarrier, callbacks, sms_carriers, sms_fleet, whatsapp_fleet
from notifier.adapters.mailroom import Mailroom
from notifier.adapters.media.photos import clean as clean_photo
from notifier.adapters.media.shelf import MediaShelf
from notifier.adapters.quiet_hours import quiet_hours
from notifier.adapters.receipts import Receipts
from notifier.adapters.turns import SETTINGS
from notifier.adapters.whatsapp.account import WhatsAppAccount
from notifier.adapters.whatsapp.client import WhatsAppCarrier
from notifier.adapters.whatsapp.media import WhatsAppMedia
from notifier.application.carriers import Carrier
from notifier.application.consequences import Times
from notifier.application.contacts import Address
from notifier.application.incoming import Quarantined
from notifier.application.ports import Deliveries
from notifier.bootstrap.ground import Ground
from notifier.bootstrap.small_parts import CarrierPart, TurnsPart, WebhookPart
from notifier.domain.channel import Channel
from notifier.domain.lane import Lane
from notifier.entrypoints.backlog_watch import watching
from notifier.entrypoints.health import HealthReport
from notifier.entrypoints.inbound import Inbound
from notifier.entrypoints.lanes import LaneWorker
from notifier.entrypoints.photos import Photos
from notifier.entrypoints.slots import Shape

LANE_CONNECTIONS = 6


def carrying(ground: Ground, running: Process) -> list[Part]:
    """The parts, by the roles of this process; the carriers come first, so that they stop last."""
    roles = ground.config.roles
    mail = Mailroom(running.pool, ground.vault, ground.templates, running.clock.now())
    photos = _photos(ground, running, mail)
    sink = _inbound(ground, running, mail, photos)
    sms = sms_carriers(ground.config.sms, sink)
    fleets = _fleets(ground, sms, ground.account(running))
    lanes = [lane for role, lane in work.LANES.items() if role in roles]
    parts: list[Part] = [photos] if work.INBOUND in roles else []
    if lanes or work.INBOUND in roles:
        parts += [CarrierPart(fleet) for fleet in fleets.values()]
        parts += [sink, _report(ground, running, fleets)]
    parts += [_lane(ground, lane, running, fleets) for lane in lanes]
    parts.append(TurnsPart(fleets))
    if lanes:
        parts.append(Background("backlog watch", watching(lanes, Backlogs(running.pool), ground.clock)))
    if work.WEBHOOK in roles:
        parts.append(WebhookPart(ground, running, sink, callbacks(sms)))
    return parts


def _photos(ground: Ground, running: Process, mail: Mailroom) -> Photos:
    whatsapp = ground.whatsapp

    async def quarantine(spoiled: Quarantined) -> None:
        metrics.QUARANTINED.labels(spoiled.reason).inc()
        await mail.quarantine(spoiled, ground.clock.now())

    return Photos(
        MediaShelf(running.pool, ground.vault),
        ground.store,
        {whatsapp.name: WhatsAppMedia(whatsapp, ground.graph()).fetch},
        clean_photo,
        ground.vault.cipher.encrypt,
        quarantine,
        ground.clock,
    )


def _inbound(ground: Ground, running: Process, mail: Mailroom, photos: Photos) -> Inbound:
    return Inbound(
        running.boundary,
        mail,
        Receipts(running.pool, ground.vault, running.boundary.outbox, ground.wakes, ground.news),
        ground.house,
        ground.address,
        lambda user: Address(user, ground.vault.digest(user)),
        ground.clock,
        ground.region.clock("notifier.inbound_parts"),
        photos,
    )


def _fleets(ground: Ground, sms: Sequence[SmsCarrier], account: WhatsAppAccount) -> Mapping[Channel, Fleet]:
    settings = ground.whatsapp
    return {
        Channel.SMS: sms_fleet(sms, ground.config.sms, ground.clock.now),
        Channel.WHATSAPP: whatsapp_fleet(WhatsAppCarrier(settings, account), settings, ground.clock.now),
    }


def _report(ground: Ground, running: Process, fleets: Mapping[Channel, Fleet]) -> HealthReport:
    shares = CarrierShares(running.pool, [member for fleet in fleets.values() for member in fleet.members])
    return HealthReport(
        lambda: [one for fleet in fleets.values() for one in fleet.health()],
        CarrierHealth(running.pool).write,
        lambda: shares.settle(ground.clock.now()),
    )


def _lane(ground: Ground, lane: Lane, running: Process, carriers: Mapping[Channel, Carrier]) -> LaneWorker:
    async def open_deliveries() -> Deliveries:
        url, password = ground.config.process.postgres.url, ground.config.process.postgres.password
        pool = await open_pool(
            url, password=password, name=f"notifier {lane.word}", size=LANE_CONNECTIONS, settings=SETTINGS
        )
        lock = await ground.connection()
        told = Hearers(running.boundary.outbox, ground.wakes, ground.news)
        return LaneDeliveries(lane, pool, lock, ground.vault, ground.templates, told)

    times = Times(ground.region.clock("notifier.whatsapp_window"), ground.region.clock("notifier.second_channel"))
    hold = quiet_hours(ground.region, ground.config.quiet_hours) if lane is Lane.ROUTINE else None
    return LaneWorker(lane, open_deliveries, carriers, ground.clock, times, Shape(ground.config.window), hold)
