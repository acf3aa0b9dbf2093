"""The region pack's escalation chains, checked when they are read: `escalation.yaml`."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any

from chassis.region.pack import Region
from notifier.domain.audience import surroundings
from notifier.domain.escalation import Chain, Chains, Step, What

FILE = "escalation"
_PARTS = ("superiors", "default", "templates")


class BadChainError(ValueError):
    """The file is not well written; the one line says where and what is allowed."""

    def __init__(self, where: str, wrong: str) -> None:
        super().__init__(f"{FILE}.yaml: {where}: {wrong}")


def read_chains(region: Region, templates: Collection[str]) -> Chains:
    """Read the pack's chains. Raises BadChainError naming the chain and step, OSError where the file is missing."""
    given = _mapping("the file", region.section(FILE), _PARTS, _PARTS)
    chains = _mapping("templates", given["templates"], (), templates)
    return Chains(
        {name: _chain(name, chain, region.clocks) for name, chain in chains.items()},
        _chain("default", given["default"], region.clocks),
        _superiors(given["superiors"]),
    )


def around(region: Region) -> Callable[[str], Sequence[str]]:
    """How a place leads to those that surround it, the nearest first; a facility lies in its village."""

    def places(place: str) -> Sequence[str]:
        facility = region.facilities.get(place)
        return [place, *surroundings(facility.village)] if facility else surroundings(place)

    return places


def _superiors(given: Any) -> Mapping[str, str]:
    if not isinstance(given, dict) or not all(isinstance(role, str) for pair in given.items() for role in pair):
        raise BadChainError("superiors", "is no mapping of a role to the role above it")
    for role in given:
        above, seen = role, {role}
        while above := given.get(above, ""):
            if above in seen:
                raise BadChainError("superiors", f"{role} leads back to {above}: nobody is above himself")
            seen.add(above)
    return given


def _chain(name: str, given: Any, clocks: Mapping[str, timedelta]) -> Chain:
    chain = _mapping(name, given, ("steps",), ("steps", "gives_up"))
    if not isinstance(chain["steps"], list):
        raise BadChainError(name, "steps is no list")
    if not chain["steps"]:
        return Chain()
    steps = [_step(f"{name}, step {n}", each, clocks) for n, each in enumerate(chain["steps"], start=1)]
    for number, (earlier, later) in enumerate(pairwise(steps), start=2):
        if later.after < earlier.after:
            raise BadChainError(f"{name}, step {number}", f"comes after {later.after}, before step {number - 1}")
    gives_up = _clock(f"{name}, gives_up", chain.get("gives_up"), clocks)
    if gives_up <= steps[-1].after:
        raise BadChainError(f"{name}, gives_up", f"{gives_up} is not later than the last step's {steps[-1].after}")
    return Chain(tuple(steps), gives_up)


def _step(where: str, given: Any, clocks: Mapping[str, timedelta]) -> Step:
    step = _mapping(where, given, ("after", "what"), ("after", "what"))
    if step["what"] not in set(What):
        raise BadChainError(where, f"what: {step['what']!r} is none of {', '.join(What)}")
    return Step(_clock(f"{where}, after", step["after"], clocks), What(step["what"]))


def _clock(where: str, name: Any, clocks: Mapping[str, timedelta]) -> timedelta:
    if name not in clocks:
        raise BadChainError(where, f"{name!r} is no clock of region.yaml")
    return clocks[name]


def _mapping(where: str, given: Any, needed: Collection[str], allowed: Collection[str]) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise BadChainError(where, "is no mapping")
    if missing := [name for name in needed if name not in given]:
        raise BadChainError(where, f"{missing[0]} is missing")
    if unknown := [name for name in given if name not in allowed]:
        raise BadChainError(where, f"{unknown[0]!r} is not known here")
    return given
