"""What must be rejected of life-safety on both channels: one doctored run for each way to break a promise."""

import copy
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from chaos.persons import STATES, Warned, Who, judge

A, P, Q, R = "alert", "p", "q", "r"
"""P has both channels, Q has no WhatsApp, nobody reaches R."""


def counts(**of: int) -> dict[str, int]:
    return {"planned": sum(of.values())} | dict.fromkeys(STATES, 0) | of


def fact(kind: str, contact: str = "", channel: str = "", **more: Any) -> dict[str, Any]:
    return {"alert": A, "contact": contact, "kind": kind, "channel": channel, "counts": None, "deliveries": 0, **more}


def copied(contact: str, channel: str, state: int) -> dict[str, Any]:
    return {"alert": A, "contact": contact, "channel": channel, "state": state, "due": None}


def good() -> Warned:
    return Warned(
        asked={A: {P, Q, R}},
        both={Who(A, P), Who(A, Q), Who(A, R)},
        nowhere={Who(A, R)},
        copies=[copied(P, "sms", 3), copied(P, "whatsapp", 4), copied(Q, "sms", 3), copied(Q, "whatsapp", 5),
                copied(R, "sms", 5), copied(R, "whatsapp", 5)],
        shown=Counter({(Who(A, P), "sms"): 2, (Who(A, P), "whatsapp"): 1, (Who(A, Q), "sms"): 1}),
        facts=[
            fact("alert_planned", deliveries=3),
            fact("delivery_sent", P, "sms"), fact("delivery_sent", P, "whatsapp"),
            fact("delivery_read", P, "whatsapp"), fact("delivery_delivered", P, "sms"),
            fact("delivery_rerouted", Q, "whatsapp"), fact("delivery_sent", Q, "sms"),
            fact("delivery_delivered", Q, "sms"), fact("delivery_rerouted", R, "sms"), fact("delivery_failed", R),
            fact("alert_progressed", counts=counts(waiting=2)),
            fact("alert_completed", counts=counts(read=1, delivered=1, failed=1)),
        ],
        beyond={"kill": 1},
        allowed={"kill": 1},
    )  # fmt: skip


def test_a_good_run_is_accepted_and_one_that_observed_nothing_is_not():
    assert not [one for one in judge(good()) if one.violations]
    assert all(one.operations for one in judge(good()))
    assert all(one.violations for one in judge(Warned()))


def state(run: Warned, place: int, to: int) -> None:
    run.copies[place]["state"] = to


DOCTORED: dict[str, tuple[str, Callable[[Warned], object]]] = {
    "somebody has no copy": ("B1", lambda run: run.asked[A].add("s")),
    "somebody else has one": ("B1", lambda run: run.copies.append(copied("s", "sms", 3))),
    "two copies go by one channel": ("B1", lambda run: run.copies.append(copied(P, "sms", 3))),
    "one of two copies was never made": ("B1", lambda run: run.copies.pop(1)),
    "a copy hangs": ("B1", lambda run: state(run, 1, 1)),
    "a copy was left in doubt": ("B1", lambda run: state(run, 1, 7)),
    "nothing reached a phone": ("B2", lambda run: run.shown.pop((Who(A, Q), "sms"))),
    "one of two copies was dropped on its way": ("B2", lambda run: run.shown.pop((Who(A, P), "whatsapp"))),
    "it was sent more often than a crash excuses": ("B3", lambda run: run.allowed.clear()),
    "a double comes from nowhere": ("B3", lambda run: run.shown.update({(Who(A, Q), "sms"): 1})),
    "copies were counted, not people": ("B4", lambda run: run.facts[-1].update(counts=counts(read=3, failed=3))),
    "counts do not add up": ("B4", lambda run: run.facts[-2].update(counts=counts(waiting=2) | {"planned": 0})),
    "the end leaves somebody out": ("B4", lambda run: run.facts[-1].update(counts=counts(read=1, failed=1))),
    "the end never came": ("B4", lambda run: run.facts.pop()),
    "a failure is counted as none": ("B4", lambda run: run.facts[-1].update(counts=counts(read=2, delivered=1))),
    "two were planned": ("B4", lambda run: run.facts[0].update(deliveries=2)),
    "a sending is told nowhere": ("B5", lambda run: run.facts.pop(2)),
    "a reading is told nowhere": ("B5", lambda run: run.facts.pop(3)),
    "an arrival is told nowhere": ("B5", lambda run: run.facts.pop(7)),
    "a failed channel is told nowhere": ("B5", lambda run: run.facts.pop(5)),
    "a failure is told nowhere": ("B5", lambda run: run.facts.pop(9)),
    "a failure is told twice": ("B5", lambda run: run.facts.append(run.facts[9])),
    "somebody who has it is told to have failed": ("B5", lambda run: run.facts.append(fact("delivery_failed", P))),
    "somebody who failed is told to have it": ("B5", lambda run: run.facts.append(
        fact("delivery_delivered", R, "sms"))),
}  # fmt: skip


@pytest.mark.parametrize("what", DOCTORED)
def test_a_doctored_run_is_rejected(what: str):
    rule, doctor = DOCTORED[what]
    run = copy.deepcopy(good())
    doctor(run)
    broken = [one.invariant for one in judge(run) if one.violations]
    assert any(name.startswith(rule) for name in broken), broken
