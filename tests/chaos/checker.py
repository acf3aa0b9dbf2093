"""What a run may show and what not: a pure function of its history and of what was found afterwards.

The history is a list of operations, each with invocation and outcome: `ok`, `fail` or `unknown` (a time-out: it may
have happened, or may yet). Every operation's `value` is unique, so that what is found names what put it there.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

Row = dict[str, Any]
FINAL = {2, 3, 4, 5, 6, 7}  # sent, delivered, read, failed, dropped, held as unclear
ARRIVING = {2, 3, 4}
SETTLED_ALERTS = {"planned", "cancelled", "rejected", "duplicate"}
LATE = 5.0  # seconds that a timer may be late once all is well again


@dataclass(slots=True)
class Found:
    """What was found when all had come to rest.

    `audit` names every outbox row that was ever committed, by service and seq; `log` is every record of every topic
    in its order; `effects` are the values that operations left behind; `faults` are [begin, end] in seconds of the
    epoch; `window` is how many messages a crash may leave unclear.
    """

    audit: list[Row] = field(default_factory=list)
    log: list[Row] = field(default_factory=list)
    effects: list[list[Any]] = field(default_factory=list)
    messages: list[Row] = field(default_factory=list)
    alerts: list[Row] = field(default_factory=list)
    deliveries: list[Row] = field(default_factory=list)
    carrier_ids: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    inbox: dict[str, list[str]] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)
    offers: list[Row] = field(default_factory=list)
    faults: list[list[float]] = field(default_factory=list)
    window: int = 50


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an invariant fared. Nothing observed is a violation too: then nothing was shown."""

    invariant: str
    operations: int
    evidence: tuple[str, ...]
    told: str = ""

    @property
    def violations(self) -> int:
        return len(self.evidence) or int(self.operations == 0)


def check(history: list[Row], found: Found) -> list[Verdict]:
    """Judge a run."""
    return [
        acknowledged_is_there(history, found),
        done_once(history, found),
        same_key_same_answer(history),
        said_is_heard_once(history, found),
        committed_is_published(found),
        published_was_committed(found),
        consumed_once(found),
        answered_once(found),
        deliveries_end(found),
        sends_beyond_one(found),
        order_by_key(found),
        timers_fire_once(found),
        nothing_is_left(found),
    ]


def _values(history: list[Row], *outcomes: str) -> set[tuple[Any, ...]]:
    return {tuple(one["value"]) for one in history if one.get("value") and one["outcome"] in outcomes}


def acknowledged_is_there(history: list[Row], found: Found) -> Verdict:
    """I1: what was acknowledged has its row."""
    wanted, seen = _values(history, "ok"), {tuple(value) for value in found.effects}
    return verdict("I1 acknowledged is there", len(wanted), (f"{one} is nowhere" for one in sorted(wanted - seen)))


def done_once(history: list[Row], found: Found) -> Verdict:
    """I5: what was asked for once happened at most once; what nobody asked for never."""
    asked = _values(history, "ok", "unknown")
    counts = Counter(tuple(value) for value in found.effects)
    twice = [f"{value} happened {count} times" for value, count in counts.items() if count > 1]
    phantoms = [f"{value} was never asked for" for value in counts if value not in asked]
    unknown = len(_values(history, "unknown") - _values(history, "ok"))
    return verdict("I5 done once", len(counts), [*twice, *phantoms], f"{unknown} unknown")


def same_key_same_answer(history: list[Row]) -> Verdict:
    """I9: one idempotency key, one answer, however often and whatever died in between."""
    answers: dict[str, set[str]] = defaultdict(set)
    tries: Counter[str] = Counter()
    for one in history:
        if one.get("key"):
            tries[one["key"]] += 1
            if one["outcome"] == "ok":
                answers[one["key"]].add(one["answer"])
    evidence = [f"{key} was answered in {len(each)} ways" for key, each in answers.items() if len(each) > 1]
    repeated = sum(count > 1 for count in tries.values())
    return verdict("I9 same key, same answer", repeated, evidence, f"{len(answers)} keys")


def said_is_heard_once(history: list[Row], found: Found) -> Verdict:
    """I1, I5: each message of a person is one message to us, whatever the carrier repeats."""
    said = [one for one in history if one["op"] == "say"]
    sure = Counter(one["contact"] for one in said if one["outcome"] == "ok")
    perhaps = Counter(one["contact"] for one in said if one["outcome"] in {"ok", "unknown"})
    heard = Counter(one["contact"] for one in found.messages)
    evidence = [
        f"{contact} said {sure[contact]} to {perhaps[contact]}, heard {heard[contact]}"
        for contact in perhaps
        if not sure[contact] <= heard[contact] <= perhaps[contact]
    ]
    return verdict("I5 said is heard once", sum(heard[contact] for contact in perhaps), evidence)


def committed_is_published(found: Found) -> Verdict:
    """I2: each committed outbox row is on the log."""
    there = {(one["topic"], one["event_id"]) for one in found.log}
    lost = [f"{one['service']} {one['seq']} {one['topic']} {one['event_id']}" for one in found.audit
            if (one["topic"], one["event_id"]) not in there]  # fmt: skip
    repeats = len(found.log) - len({(one["topic"], one["event_id"]) for one in found.log})
    return verdict("I2 committed is published", len(found.audit), lost, f"{repeats} repeats on the log")


def published_was_committed(found: Found) -> Verdict:
    """I3: nothing is on the log that was not committed."""
    committed = {(one["topic"], one["event_id"]) for one in found.audit}
    ghosts = {(one["topic"], one["event_id"]) for one in found.log} - committed
    return verdict("I3 published was committed", len(found.log), (f"{one} was never committed" for one in ghosts))


def consumed_once(found: Found) -> Verdict:
    """I5: each event that a service must act on went through its inbox, whose rows are unique."""
    wanted = [(one["reader"], one["event_id"]) for one in found.log if one.get("reader")]
    done = {(service, event) for service, events in found.inbox.items() for event in events}
    doubled = [f"{service} holds {event} twice" for service, events in found.inbox.items()
               for event, count in Counter(events).items() if count > 1]  # fmt: skip
    missed = [f"{reader} never did {event}" for reader, event in sorted(set(wanted) - done)]
    return verdict("I5 consumed once", len(set(wanted)), [*missed, *doubled])


def answered_once(found: Found) -> Verdict:
    """I5: each message that went to a service is answered by one alert, and that is one delivery."""
    answers = Counter(one["in_reply_to"] for one in found.alerts if one["in_reply_to"])
    copies = Counter(one["alert"] for one in found.deliveries)
    evidence = [f"message {one['id']} has {answers[one['id']]} answers" for one in found.messages
                if answers[one["id"]] != 1]  # fmt: skip
    evidence += [f"answer {one['id']} has {copies[one['id']]} deliveries" for one in found.alerts
                 if one["in_reply_to"] and one["state"] == "planned" and copies[one["id"]] != 1]  # fmt: skip
    return verdict("I5 answered once", len(found.messages), evidence)


def deliveries_end(found: Found) -> Verdict:
    """I4: each accepted alert was planned or refused, and each of its deliveries came to its end."""
    open_alerts = [
        f"alert {one['id']} is {one['state']}" for one in found.alerts if one["state"] not in SETTLED_ALERTS
    ]
    evidence = [f"delivery of {one['alert']} is in state {one['state']}" for one in found.deliveries
                if one["state"] not in FINAL or one["due"]]  # fmt: skip
    states = dict(sorted(Counter(one["state"] for one in found.deliveries).items()))
    return verdict("I4 deliveries end", len(found.deliveries), [*open_alerts, *evidence], f"by state {states}")


def sends_beyond_one(found: Found) -> Verdict:
    """I7: what is recorded as sent is on a phone; what is there beyond that stays within the window per crash."""
    sent, shown = set(found.carrier_ids), set(found.shown)
    lost = [f"{each} was taken by the carrier, and is on no phone" for each in sorted(sent - shown)]
    extra, allowed = len(shown - sent), found.window * len(found.faults)
    if extra > allowed:
        lost.append(f"{extra} messages were sent once more; {len(found.faults)} faults allow {allowed}")
    return verdict("I7 sent once, or within the window", len(shown), lost, f"{extra} sent once more")


def order_by_key(found: Found) -> Verdict:
    """I6: on the log a key's events stand as they were committed, an aggregate's versions rise; repeats apart."""
    # What is told again keeps its id: its first row and its first record are compared, repeats are known by the id.
    place = {
        (one["topic"], one["event_id"]): (one["service"], one["seq"])
        for one in sorted(found.audit, key=lambda one: one["seq"], reverse=True)
    }
    evidence, seen, last, version = [], set(), {}, {}
    for one in sorted(found.log, key=lambda one: (one["topic"], one["partition"], one["offset"])):
        event, key = (one["topic"], one["event_id"]), (one["topic"], one["key"])
        if event in seen:
            continue
        seen.add(event)
        origin, seq = place.get(event, ("", 0))
        if one.get("ordered", True) and seq < last.get((origin, *key), 0):
            evidence.append(f"{event} (seq {seq}) stands behind seq {last[origin, *key]} of its key")
        last[origin, *key] = max(seq, last.get((origin, *key), 0))
        if one.get("version"):
            aggregate = (one["topic"], one["aggregate"])
            if one["version"] < version.get(aggregate, 0):
                evidence.append(f"{event} has version {one['version']} after {version[aggregate]}")
            version[aggregate] = one["version"]
    return verdict("I6 order per key", len(seen), evidence, f"{len(last)} keys")


def timers_fire_once(found: Found) -> Verdict:
    """I8: an offer ends once; by time never early, and late only as long as something was broken."""
    ends: dict[tuple[str, int], list[Row]] = defaultdict(list)
    due = {(one["referral"], one["number"]): one["answer_by"] for one in found.offers if one["kind"] == "offered"}
    for one in found.offers:
        if one["kind"] != "offered":
            ends[one["referral"], one["number"]].append(one)
    expired = [one for rows in ends.values() for one in rows if one["kind"] == "expired"]
    evidence = [f"offer {offer} ended {len(rows)} times" for offer, rows in ends.items() if len(rows) > 1]
    late = {(one["referral"], one["number"]): one["at"] - due[one["referral"], one["number"]] for one in expired}
    evidence += [f"offer {offer} ended {-by:.3f} s early" for offer, by in late.items() if by < 0]
    evidence += [f"offer {offer} ended {by:.1f} s late, and nothing was broken" for offer, by in late.items()
                 if by > LATE and not _excused(due[offer] + by, found.faults)]  # fmt: skip
    return verdict("I8 timers fire once", len(expired), evidence, f"latest {max(late.values(), default=0):.1f} s")


def _excused(at: float, faults: list[list[float]]) -> bool:
    return any(begin <= at <= end + LATE for begin, end in faults)


def nothing_is_left(found: Found) -> Verdict:
    """I13: all lanes, outboxes and parked keys are empty, no timer is overdue, nothing went to the dead letters."""
    evidence = [f"{count} {what}" for what, count in found.left.items() if count]
    return verdict("I13 nothing is left", len(found.left), evidence)


def verdict(invariant: str, operations: int, evidence: Iterable[str] | Iterator[str], told: str = "") -> Verdict:
    return Verdict(invariant, operations, tuple(evidence), told)
