"""What plans, follows silence, and keeps order."""

from chassis.postgres.batch import Batch
from chassis.process import Part, Process
from chassis.process.background import Background
from notifier import metrics
from notifier.adapters.attention import Forgetting
from notifier.adapters.beginnings import Beginnings, PlanningRules
from notifier.adapters.chains import around
from notifier.adapters.counting import Watch
from notifier.adapters.desk_board import DeskBoard
from notifier.adapters.digests import Digests, Means
from notifier.adapters.erasures import Erasures
from notifier.adapters.escalating import Escalating
from notifier.adapters.escalation_steps import Ways
from notifier.adapters.expiring import Expiry
from notifier.adapters.name_search import NameSearch
from notifier.adapters.outcomes import DigestOutcomes
from notifier.adapters.planning import Planning
from notifier.adapters.planning_turn import Page
from notifier.adapters.quarantine import Leaving
from notifier.adapters.rosters import Rosters, order
from notifier.adapters.rules import planning_rules
from notifier.adapters.wakes import PLAN, Wakes, queue_word
from notifier.bootstrap.ground import Ground
from notifier.domain.alert import Alert
from notifier.domain.lane import Lane
from notifier.entrypoints.desk_upkeep import tending
from notifier.entrypoints.escalator import escalate
from notifier.entrypoints.housekeeping import Housekeeping
from notifier.entrypoints.keeper import keeping
from notifier.entrypoints.planner import Planner


def planning(ground: Ground, running: Process) -> list[Part]:
    """The parts of whoever plans."""
    return [
        _planner(ground, running),
        _keeper(ground, running),
        _housekeeping(ground, running),
        _escalator(ground, running),
    ]


def upkeep(ground: Ground, running: Process) -> list[Part]:
    """The parts of whoever serves operators."""
    keep = ground.region.clock("notifier.desk_keep")
    return [
        Background("name keys", NameSearch(running.pool, ground.vault).fill),
        Background("desk upkeep", tending(DeskBoard(running.pool, ground.vault), keep, ground.clock)),
    ]


def wake_planner(wakes: Wakes, committed: Batch) -> None:
    """Alerts that came, or were called off, wait for the planner of their lane."""
    for lane in {alert.lane for alert in committed.changed(Alert)}:
        wakes.wake(f"{PLAN}:{lane.word}")


def _rules(ground: Ground) -> PlanningRules:
    return planning_rules(ground.region, ground.config.routine_per_day, ground.chains)


def _planner(ground: Ground, running: Process) -> Planner:
    expanding = Planning(running.pool, ground.templates, _rules(ground))

    async def turn(lane: Lane) -> Page:
        page = await expanding.turn(lane, ground.clock.now())
        if page.told:
            running.boundary.outbox.wake.set()
            ground.news.some()
        for queue in page.queues:
            ground.wakes.wake(queue_word(queue))
        metrics.PLANNED.labels(lane.word).inc(page.count)
        return page

    return Planner(turn, lambda lane: ground.wakes.event(f"{PLAN}:{lane.word}"))


def _housekeeping(ground: Ground, running: Process) -> Housekeeping:
    return Housekeeping(
        running.boundary,
        Rosters(running.pool, ground.vault),
        Erasures(running.pool, ground.vault, running.boundary.outbox),
        ground.clock,
        ground.rosters_changed,
    )


def _escalator(ground: Ground, running: Process) -> Background:
    rules = _rules(ground)
    ways = Ways(
        ground.chains,
        order,
        around(ground.region),
        lambda connection, lane, now: Beginnings(rules, lane, running.pool, connection, now),
        ground.templates.approved,
    )
    escalating = Escalating(running.pool, ways)

    async def turn() -> bool:
        now = ground.clock.now()
        await escalating.spare(now)
        done = await escalating.turn(now)
        if done.told:
            running.boundary.outbox.wake.set()
            ground.news.some()
        for queue in done.queues:
            ground.wakes.wake(queue_word(queue))
        if done.what is not None:
            metrics.ESCALATED.labels(done.what.value).inc(done.people)
        return done.more

    return Background("escalations", lambda: escalate(turn))


def _keeper(ground: Ground, running: Process) -> Part:
    pool, relay = running.pool, running.boundary.outbox
    rules = _rules(ground)
    wake = lambda queue: ground.wakes.wake(queue_word(queue))  # noqa: E731 - as the adapters take it
    chores = {
        "expiry": Expiry(pool, relay).turn,
        "progress": Watch(pool, relay).turn,
        "digests": Digests(Means(pool, relay, wake, ground.templates, ground.vault, rules)).turn,
        "outcomes of digests": DigestOutcomes(pool, relay).turn,
        "quarantine": Leaving(pool, ground.region.clock("notifier.quarantine_keep")).turn,
        "forgetting": Forgetting(pool, rules.attention).turn,
    }
    return Background("keeper", keeping(pool, ground.clock, chores))
