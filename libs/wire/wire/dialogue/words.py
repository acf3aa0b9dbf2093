"""What a word is, and how a field is asked for again."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from chassis.kernel.alert import Button, FieldMessage
from chassis.kernel.errors import Reject
from chassis.kernel.fields import Typed
from chassis.kernel.work import Work

T = TypeVar("T")
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
class Word(Generic[S]):
    """A word that people type.

    `roles` may use it; empty: anybody. `read` lays the typed fields out by name; `labels` says which field each
    label fills; `adds` are fields to which a correction adds instead of replacing; `keeps` are fields that a fresh
    report of the same word takes over from an unfinished one (a location sent before).
    """

    name: str
    usage: str
    read: Callable[[Typed], Fields]
    answer: Callable[[S], Awaitable[Answer | str]]
    roles: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    adds: frozenset[str] = frozenset()
    keeps: frozenset[str] = frozenset()


class Asked(Reject):
    """One field is wrong or missing: the sender repeats only this one.

    `kept` is what is right of it already; `choices` what the numbers in the text stand for.
    """

    def __init__(self, name: str, message: str, *, kept: str = "", choices: tuple[str, ...] = ()) -> None:
        super().__init__(name, "asked", message)
        self.kept = kept
        self.choices = choices


def needed(fields: Fields, name: str, example: str, read: Callable[[str], T]) -> T:
    """Read a field that must be there. Raises Asked naming it, what is allowed, and one example."""
    text = fields.get(name, "")
    if not text:
        raise Asked(name, f"{name} belum ada. Kirim {name} saja, contoh: {example}")
    return _read(name, text, example, read)


def optional(fields: Fields, name: str, example: str, read: Callable[[str], T]) -> T | None:
    """Read a field that may be missing. Raises Asked where it is there and wrong."""
    text = fields.get(name, "")
    return _read(name, text, example, read) if text else None


def _read(name: str, text: str, example: str, read: Callable[[str], T]) -> T:
    try:
        return read(text)
    except Asked:
        raise
    except Reject as error:
        raise asked_again(name, error.message, example) from error


def asked_again(name: str, allowed: str, example: str) -> Asked:
    """A field that is wrong: what is allowed, and one example."""
    return Asked(name, f"{name} salah: {allowed}. Kirim {name} saja, contoh: {example}")
