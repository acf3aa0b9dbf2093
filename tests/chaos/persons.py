"""What life-safety on both channels may show of people: a pure function of what phones, tables and the bus hold."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from chaos.checker import ARRIVING, FINAL, Row, Verdict, verdict

BEST = [4, 3, 2, 7, 1, 0, 8, 6, 5]
"""States of a copy, the nearest to the person first."""
READ, DELIVERED, FAILED, DROPPED, UNCLEAR = 4, 3, 5, 6, 7
ENDS = FINAL - {UNCLEAR}  # life-safety is sent again rather than left in doubt
STATES = ("waiting", "sending", "sent", "delivered", "read", "failed", "dropped", "unclear")
"""Of the counts that are told of an alert: they add up to `planned`."""


class Who(NamedTuple):
    """One person, told of one alert."""

    alert: str
    contact: str


@dataclass(slots=True)
class Warned:
    """What was found when all had come to rest.

    `asked`: whom each alert is for; `both`: who has a phone and a place in the tier, `nowhere`: whom no carrier can
    reach. `copies` are the rows, each with its
    `channel`; `shown` counts what phones show of an alert, by channel; `facts` are those on the bus, each event once.
    `beyond`: messages beyond one by what happened meanwhile, and `allowed`: how many each may bring.
    """

    asked: dict[str, set[str]] = field(default_factory=dict)
    both: set[Who] = field(default_factory=set)
    nowhere: set[Who] = field(default_factory=set)
    copies: list[Row] = field(default_factory=list)
    shown: Counter[tuple[Who, str]] = field(default_factory=Counter)
    facts: list[Row] = field(default_factory=list)
    beyond: dict[str, int] = field(default_factory=dict)
    allowed: dict[str, int] = field(default_factory=dict)

    @property
    def people(self) -> list[Who]:
        """Everybody once for each alert."""
        return [Who(alert, contact) for alert, each in self.asked.items() for contact in sorted(each)]

    def of(self) -> dict[Who, list[Row]]:
        """Each person's copies."""
        found = defaultdict[Who, list[Row]](list)
        for one in self.copies:
            found[Who(one["alert"], one["contact"])].append(one)
        return found

    def told(self) -> dict[Who, list[Row]]:
        """What is told of each person."""
        found = defaultdict[Who, list[Row]](list)
        for one in self.facts:
            if one["contact"]:
                found[Who(one["alert"], one["contact"])].append(one)
        return found


def judge(warned: Warned) -> list[Verdict]:
    """Judge a run."""
    rules = (everybody_ends, everybody_is_shown_it, shown_once, counted_once, told_as_they_stand)
    return [rule(warned) for rule in rules]


def everybody_ends(warned: Warned) -> Verdict:
    """Everybody asked has a copy, who can has one by each channel, and all are at an end; nobody else has any."""
    copies = warned.of()
    evidence = [f"{who} has no copy" for who in warned.people if not copies[who]]
    evidence += [f"{who} has one copy, and two channels" for who in sorted(warned.both) if len(copies[who]) == 1]
    evidence += [f"{who} was never asked" for who in sorted(set(copies) - set(warned.people))]
    for who, each in copies.items():
        if len({one["channel"] for one in each}) < len(each):
            evidence.append(f"{who} has two copies by one channel")
        evidence += [f"{who} {one['channel']} is in state {one['state']}" for one in each
                     if one["state"] not in ENDS or one["due"]]  # fmt: skip
    twins = sum(len(each) > 1 for each in copies.values())
    return verdict("B1 everybody ends", len(warned.people), evidence, f"{twins} of them told on both channels")


def everybody_is_shown_it(warned: Warned) -> Verdict:
    """Who can be reached has it on the phone; what a carrier took is there, on its channel."""
    copies, seen = warned.of(), {who for who, _ in warned.shown}
    evidence = [f"{who} was shown nothing" for who in warned.people if who not in seen | warned.nowhere]
    evidence += [f"{who} was shown what cannot be" for who in sorted(seen & warned.nowhere)]
    evidence += [f"{who} {one['channel']} was taken, and is not on the phone" for who, each in copies.items()
                 for one in each if one["state"] in ARRIVING and not warned.shown[who, one["channel"]]]  # fmt: skip
    return verdict("B2 everybody is shown it", len(seen), evidence, f"{len(warned.shown)} by channel")


def shown_once(warned: Warned) -> Verdict:
    """A phone shows it once on each channel; beyond that what a crash left in doubt, and not a message more."""
    extra = sum(count - 1 for count in warned.shown.values())
    evidence = [f"{what}: {count} beyond one, {warned.allowed.get(what, 0)} allowed"
                for what, count in warned.beyond.items() if count > warned.allowed.get(what, 0)]  # fmt: skip
    if extra != sum(warned.beyond.values()):
        evidence.append(f"{extra} beyond one, {sum(warned.beyond.values())} accounted for")
    return verdict("B3 shown once", len(warned.shown), evidence, f"{extra} beyond one")


def counted_once(warned: Warned) -> Verdict:
    """In all that is told of an alert's progress everybody counts once, and at its end as they stand."""
    told = [one for one in warned.facts if one["counts"] is not None]
    failed = Counter(who.alert for who, each in warned.of().items() if _standing(each) == FAILED)
    ends = Counter(one["alert"] for one in told if one["kind"] == "alert_completed")
    evidence = [f"{alert} was completed {ends[alert]} times" for alert in warned.asked if ends[alert] != 1]
    for one in warned.facts:
        alert, people = one["alert"], len(warned.asked.get(one["alert"], ()))
        if one["kind"] == "alert_planned" and one["deliveries"] != people:
            evidence.append(f"{alert}: {one['deliveries']} planned of {people}")
        if one["kind"] == "alert_completed" and one["counts"]["failed"] != failed[alert]:
            evidence.append(f"{alert} ended with {one['counts']}, {failed[alert]} failed")
    evidence += [f"{one['alert']}: {one['counts']}" for one in told
                 if not _adds_up(one, len(warned.asked.get(one["alert"], ())))]  # fmt: skip
    return verdict("B4 counted once", len(told), evidence, f"{ends.total()} alerts completed")


def _adds_up(told: Row, people: int) -> bool:
    counts = told["counts"]
    known = counts["planned"] == people or (told["kind"] == "alert_progressed" and counts["planned"] < people)
    return known and sum(counts[state] for state in STATES) == counts["planned"]


def told_as_they_stand(warned: Warned) -> Verdict:
    """What is told of a person is where the better copy stands: nothing missing, and no end that is none."""
    told, evidence = warned.told(), list[str]()
    for who, copies in warned.of().items():
        evidence += [f"{who}: {why}" for why in _disagreements(copies, told[who])]
    return verdict("B5 told as they stand", sum(map(len, told.values())), evidence)


def _disagreements(copies: list[Row], facts: list[Row]) -> list[str]:
    best, kinds = _standing(copies), Counter(one["kind"] for one in facts)
    said = (kinds["delivery_failed"], kinds["delivery_dropped"], kinds["delivery_read"] > 0)
    found = []
    if said != (best == FAILED, best == DROPPED, best == READ) or (best == DELIVERED) > kinds["delivery_delivered"]:
        found.append(f"stands in {best}, and told is {dict(kinds)}")
    if kinds["delivery_delivered"] and best not in {READ, DELIVERED}:
        found.append(f"stands in {best}, and is told to have it")
    by_channel = {(one["kind"], one["channel"]) for one in facts}
    wanted = [("delivery_sent", one["channel"]) for one in copies if one["state"] in ARRIVING]
    wanted += [("delivery_rerouted", one["channel"]) for one in copies if one["state"] == FAILED != best]
    return found + [f"{kind} by {channel} is told nowhere" for kind, channel in wanted
                    if (kind, channel) not in by_channel]  # fmt: skip


def _standing(copies: Iterable[Row]) -> int:
    states: list[int] = [one["state"] for one in copies]
    return min(states, key=BEST.index)
