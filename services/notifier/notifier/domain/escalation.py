"""What happens when people who should acknowledge an alert stay silent: a chain of steps, as data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class What(StrEnum):
    """What a step does."""

    OTHER_CHANNEL = "other_channel"  # those who are silent get it on their other channel
    NEXT_ON_ROSTER = "next_on_roster"  # the next person of the same role and place is told
    SUPERIOR = "superior"  # the next higher role at the place or around it is told


@dataclass(frozen=True, slots=True)
class Step:
    """One step; `after` counts from the alert's planning."""

    after: timedelta
    what: What


@dataclass(frozen=True, slots=True)
class Chain:
    """Steps in the order of their time; numbered from 1. The service hears that nobody answered after `gives_up`.

    A chain without steps does nothing: the service has a chain of its own.
    """

    steps: tuple[Step, ...] = ()
    gives_up: timedelta = timedelta(0)

    @property
    def over(self) -> int:
        """The number after which nothing happens any more: behind the steps, and behind giving up."""
        return len(self.steps) + 2 if self.steps else 1

    def step(self, number: int) -> Step | None:
        """The step of this number; None where the chain gives up."""
        return self.steps[number - 1] if number <= len(self.steps) else None

    def due(self, number: int, planned_at: datetime, expires_at: datetime) -> datetime:
        """When this number's turn is; what is over waits for the alert's expiry, which ends all."""
        if number >= self.over:
            return expires_at
        step = self.step(number)
        return min(planned_at + (step.after if step else self.gives_up), expires_at)


@dataclass(frozen=True, slots=True)
class Chains:
    """The region's chains: by template, one for all other templates, and who is above whom."""

    by_template: Mapping[str, Chain]
    default: Chain
    superiors: Mapping[str, str]

    def of(self, template: str) -> Chain:
        """The chain of a template."""
        return self.by_template.get(template, self.default)

    def above(self, role: str) -> Sequence[str]:
        """The roles above a role, the nearest first."""
        found: list[str] = []
        while (role := self.superiors.get(role, "")) and role not in found:
            found.append(role)
        return found


NO_CHAINS = Chains({}, Chain(), {})
"""Nobody is asked again."""
