"""The checker rejects every history that it must: one doctored for each way to break a promise."""

import copy
from collections.abc import Callable

import pytest
from chaos.checker import Found, Row, check


def good() -> tuple[list[Row], Found]:
    history = [
        {"op": "call", "key": "k1", "value": ["mother", 1], "outcome": "unknown"},
        {"op": "call", "key": "k1", "value": ["mother", 1], "outcome": "ok", "answer": "a1"},
        {"op": "call", "key": "k2", "value": ["mother", 2], "outcome": "unknown"},
        {"op": "call", "key": "k3", "value": ["mother", 3], "outcome": "ok", "answer": "a3"},
        {"op": "say", "contact": "c", "value": ["waste", 1], "outcome": "ok"},
        {"op": "say", "contact": "c", "value": None, "outcome": "unknown"},
    ]
    audit = [{"service": "s", "seq": n, "topic": "t", "event_id": f"e{n}"} for n in (1, 2, 3)]
    log = [
        {"topic": "t", "partition": 0, "offset": n, "key": "k", "event_id": f"e{e}", "aggregate": "a", "version": e}
        for n, e in enumerate((1, 2, 1, 2, 3))  # the relay repeated a batch
    ]
    for one in log:
        one["reader"] = "r"
    offers = [
        {"kind": "offered", "referral": "r", "number": 1, "answer_by": 100.0, "at": 90.0},
        {"kind": "expired", "referral": "r", "number": 1, "at": 100.2},
        {"kind": "offered", "referral": "r", "number": 2, "answer_by": 110.0, "at": 100.2},
        {"kind": "accepted", "referral": "r", "number": 2, "at": 105.0},
    ]
    found = Found(
        audit=audit,
        log=log,
        effects=[["mother", 1], ["mother", 3], ["waste", 1]],
        messages=[{"id": "m", "contact": "c"}],
        alerts=[{"id": "al", "in_reply_to": "m", "state": "planned"}],
        deliveries=[{"alert": "al", "contact": "c", "state": 3, "due": None}],
        carrier_ids=["x"],
        shown=["x"],
        inbox={"r": ["e1", "e2", "e3"]},
        left={"outbox": 0},
        offers=offers,
        faults=[[50.0, 60.0]],
    )
    return history, found


def test_a_good_run_is_accepted_with_all_it_observed():
    verdicts = check(*good())
    assert not [one for one in verdicts if one.violations]
    assert all(one.operations for one in verdicts)
    assert next(one for one in verdicts if one.invariant.startswith("I2")).told == "2 repeats on the log"


def test_a_fact_told_again_much_later_puts_nothing_out_of_order():
    history, found = good()
    found.audit.append({"service": "s", "seq": 9, "topic": "t", "event_id": "e1"})
    found.log.append(found.log[0] | {"offset": 9})
    assert not [one for one in check(history, found) if one.violations]


def test_a_run_that_observed_nothing_is_rejected_throughout():
    assert all(one.violations for one in check([], Found()))


def later(found: Found, **changed: object) -> None:
    """The offer's end, changed."""
    found.offers[1] |= changed


DOCTORED: dict[str, tuple[str, Callable[[list[Row], Found], object]]] = {
    "an acknowledged row is lost": ("I1", lambda _, found: found.effects.pop(1)),
    "a retry was done twice": ("I5 done", lambda _, found: found.effects.append(["mother", 1])),
    "nobody asked for it": ("I5 done", lambda _, found: found.effects.append(["mother", 9])),
    "a refused one was done": ("I5 done", lambda history, _: history[3].update(outcome="fail")),
    "two answers for a key": ("I9", lambda history, _: history[0].update(outcome="ok", answer="other")),
    "the carrier's repeat was taken for new": ("I5 said", lambda _, found: found.messages.extend(
        [{"id": "m2", "contact": "c"}, {"id": "m3", "contact": "c"}])),
    "a person's message is lost": ("I5 said", lambda _, found: found.messages.clear()),
    "a committed row never left": ("I2", lambda _, found: found.log.pop()),
    "an event of a transaction that was rolled back": ("I3", lambda _, found: found.audit.pop()),
    "an event was skipped": ("I5 consumed", lambda _, found: found.inbox["r"].remove("e2")),
    "an event was done twice": ("I5 consumed", lambda _, found: found.inbox["r"].append("e2")),
    "a message has no answer": ("I5 answered", lambda _, found: found.alerts.clear()),
    "a message has two": ("I5 answered", lambda _, found: found.alerts.append(
        {"id": "al2", "in_reply_to": "m", "state": "rejected"})),
    "an answer went out as two": ("I5 answered", lambda _, found: found.deliveries.append(
        {"alert": "al", "contact": "d", "state": 3, "due": None})),
    "a delivery hangs": ("I4", lambda _, found: found.deliveries[0].update(state=1)),
    "a delivery still waits": ("I4", lambda _, found: found.deliveries[0].update(due="later")),
    "an alert was never planned": ("I4", lambda _, found: found.alerts[0].update(state="planning")),
    "the phone never got it": ("I7", lambda _, found: found.shown.remove("x")),
    "more doubles than the window": ("I7", lambda _, found: found.shown.extend(f"y{n}" for n in range(51))),
    "two of a key changed places": ("I6", lambda _, found: found.log[0].update(offset=1) or found.log[1].update(
        offset=0) or [one.update(version=0) for one in found.log]),
    "a version went back": ("I6", lambda _, found: found.log[4].update(version=1)),
    "a timer fired twice": ("I8", lambda _, found: found.offers.append(dict(found.offers[1]))),
    "expired and accepted": ("I8", lambda _, found: found.offers.append(found.offers[3] | {"number": 1})),
    "a timer fired early": ("I8", lambda _, found: later(found, at=99.9)),
    "a timer was late without reason": ("I8", lambda _, found: later(found, at=106.0)),
    "rows stayed in the outbox": ("I13", lambda _, found: found.left.update(outbox=1)),
}  # fmt: skip


@pytest.mark.parametrize("what", DOCTORED)
def test_a_doctored_history_is_rejected(what: str):
    invariant, doctor = DOCTORED[what]
    history, found = copy.deepcopy(good())
    doctor(history, found)
    broken = [one.invariant for one in check(history, found) if one.violations]
    assert any(name.startswith(invariant) for name in broken), broken


def test_a_late_timer_is_excused_by_what_was_broken():
    history, found = good()
    later(found, at=106.0)
    found.faults.append([99.0, 103.0])
    assert not [one for one in check(history, found) if one.violations]
