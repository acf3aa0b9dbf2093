"""What a word is: who may type it, how its fields are read, and what answers it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from chassis.kernel.alert import Button, FieldMessage
from chassis.kernel.fields import Typed
from chassis.kernel.work import Work

Fields = dict[str, str]
"""The fields of a report as typed, by name."""


class Scene(Protocol):
    """What a word's answer gets. A service's own class adds where it looks and acts."""

    @property
    def message(self) -> FieldMessage:
        """What was sent, and by whom."""

    @property
    def fields(self) -> Fields:
        """Its fields, with those of the report that it corrects."""

    @property
    def work(self) -> Work:
        """The work unit."""


S = TypeVar("S", bound=Scene)


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: text, and buttons where it is WhatsApp."""

    text: str
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True)
class Labels:
    """Which field each label fills. The labels `spelt` belong to the value themselves (`UK 12`)."""

    names: Mapping[str, str] = field(default_factory=dict)
    spelt: frozenset[str] = frozenset()

    def fields(self, found: Mapping[str, str]) -> Fields:
        """Lay labelled texts out by the names of their fields."""
        return {
            self.names[label]: f"{label} {text}" if label in self.spelt else text
            for label, text in found.items()
            if label in self.names
        }


@dataclass(frozen=True, slots=True)
class Word(Generic[S]):
    """A word that people type.

    `roles` may use it; empty: anybody. `read` lays the typed fields out by name. `by_position`: only their position
    tells its fields apart, so that one alone after the word is the one asked for. `adds` are fields to which a
    correction adds instead of replacing; `keeps` are fields that come beside the words (a location, a photo) and that
    a fresh report of the same word takes over from an unfinished one. `repeat` has an example for each field that its
    use case may refuse and that can be repeated alone.
    """

    name: str
    example: str
    usage: str
    read: Callable[[Typed], Fields]
    answer: Callable[[S], Awaitable[Answer | str]]
    roles: tuple[str, ...] = ()
    labels: Labels = field(default_factory=Labels)
    by_position: bool = False
    adds: frozenset[str] = frozenset()
    keeps: frozenset[str] = frozenset()
    repeat: Mapping[str, str] = field(default_factory=dict)
