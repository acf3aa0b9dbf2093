"""Who is meant by a role, a place and a reach, written as keys that an index finds."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from notifier.domain.contact import Grant

DUTY_ROLES = frozenset({"bpbd_duty", "facility_duty", "collector"})
"""Roles whose holders are told only while on duty."""


class Reach(StrEnum):
    """How a group's place is compared with a contact's."""

    SERVING = "serving"
    WITHIN = "within"


@dataclass(frozen=True, slots=True)
class Group:
    """Everybody who holds a role at a place."""

    role: str
    place: str
    reach: Reach


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is to be told: groups and single contacts."""

    groups: tuple[Group, ...] = ()
    contacts: tuple[UUID, ...] = ()


@dataclass(slots=True)
class Keys:
    """The audience as keys: `held` match a contact's grants, `inside` its grants' surroundings.

    The `duty` ones count only for contacts on duty.
    """

    held: set[str] = field(default_factory=set)
    held_duty: set[str] = field(default_factory=set)
    inside: set[str] = field(default_factory=set)
    inside_duty: set[str] = field(default_factory=set)


def surroundings(place: str) -> list[str]:
    """A place and all places that contain it: 33.17.09.2004, 33.17.09, 33.17, 33. A facility's code stands alone."""
    if not place[:1].isdigit():
        return [place]
    parts = place.split(".")
    return [".".join(parts[:n]) for n in range(len(parts), 0, -1)]


def keys_of(groups: Iterable[Group]) -> Keys:
    """The keys that find the contacts of these groups."""
    keys = Keys()
    for group in groups:
        duty = group.role in DUTY_ROLES
        if group.reach is Reach.SERVING:
            target = keys.held_duty if duty else keys.held
            target.update(str(Grant(group.role, place)) for place in surroundings(group.place))
        else:
            (keys.inside_duty if duty else keys.inside).add(str(Grant(group.role, group.place)))
    return keys


def inside_keys(grants: Iterable[Grant]) -> list[str]:
    """The keys under which a contact lies inside a place."""
    return sorted({str(Grant(grant.role, place)) for grant in grants for place in surroundings(grant.place)})


def chosen_for(grants: Iterable[Grant], keys: Keys) -> Grant | None:
    """The grant for which somebody is in the audience; None for one named singly."""
    held, inside = keys.held | keys.held_duty, keys.inside | keys.inside_duty
    for grant in sorted(grants):
        if str(grant) in held or not inside.isdisjoint(inside_keys([grant])):
            return grant
    return None
