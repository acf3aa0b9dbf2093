"""The composition of the notifier: every part is made here, once."""

from functools import partial

from chassis.kernel.clock import Clock, SystemClock
from chassis.process import Part, Process
from notifier import config as work
from notifier.adapters import alert_tables, contact_tables, desk_tables, tables
from notifier.adapters.asking import ACKNOWLEDGEMENTS
from notifier.adapters.contracts import encoder
from notifier.bootstrap.carrying import carrying
from notifier.bootstrap.ground import Ground, stand_on
from notifier.bootstrap.planning import planning, upkeep, wake_planner
from notifier.bootstrap.serving import servicers
from notifier.bootstrap.small_parts import NeighboursPart, StorePart
from notifier.bootstrap.watched import wake_watchers
from notifier.config import SERVICE, NotifierSettings
from notifier.entrypoints import silence
from notifier.entrypoints.alerts import AlertFacts


def compose(config: NotifierSettings, clock: Clock | None = None, prefix: str = "") -> Process:
    """Make the process; nothing runs before it is started."""
    ground = stand_on(config, clock or SystemClock())
    alerts = AlertFacts(ground.templates, ground.vault, ground.clock)
    return Process(
        SERVICE,
        config.process,
        tables=[
            tables.contacts(ground.vault),
            tables.conversations(ground.vault),
            tables.MESSAGES,
            alert_tables.ALERTS,
            alert_tables.KEY_HOLDERS,
            *contact_tables.tables(ground.vault),
            desk_tables.desk_messages(ground.vault),
            desk_tables.DESK_DEEDS,
            ACKNOWLEDGEMENTS,
        ],
        encode=encoder(ground.vault),
        subscriptions=alerts.subscriptions() if work.PLANNER in config.roles else (),
        timers=silence.timers(ground.house),
        servicers=partial(servicers, ground) if work.GRPC in config.roles else None,
        parts=partial(parts, ground),
        clock=ground.clock,
        prefix=prefix,
    )


def parts(ground: Ground, running: Process) -> list[Part]:
    """What works, by the roles of this process; carriers first, so that they stop last."""
    roles = ground.config.roles
    running.boundary.on_commit.append(partial(wake_planner, ground.wakes))
    running.boundary.on_commit.append(partial(wake_watchers, ground))
    return [
        NeighboursPart(ground.wakes, ground.connection),
        ground.account(running),
        StorePart(ground.store),
        *carrying(ground, running),
        *(upkeep(ground, running) if work.GRPC in roles else ()),
        *(planning(ground, running) if work.PLANNER in roles else ()),
    ]
