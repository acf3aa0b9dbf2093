"""What a word is, what was said with it, and how a field is asked for again."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from chassis.kernel.errors import Reject
from chassis.kernel.fields import Typed
from chassis.kernel.work import Work
from chassis.region.pack import Region
from telponi.application.caller import Caller
from telponi.application.world import World

T = TypeVar("T")
Fields = dict[str, str]
"""The fields of a report as typed, by name."""


@dataclass(frozen=True, slots=True)
class Said:
    """A report on its way: who says it, its fields, and where to look and act."""

    caller: Caller
    fields: Fields
    work: Work
    world: World
    region: Region

    @property
    def today(self) -> date:
        """The date on the sender's calendar."""
        return self.world.places.today(self.work.now)


@dataclass(frozen=True, slots=True)
class Word:
    """A word that people type. `labels` says which field each label fills."""

    name: str
    roles: tuple[str, ...]
    example: str
    usage: str
    read: Callable[[Typed], Fields]
    answer: Callable[[Said], Awaitable[str]]
    labels: Mapping[str, str] = field(default_factory=dict)


class Asked(Reject):
    """One field is wrong or missing: the sender repeats only this one.

    `name` is the field; `kept` what is right of it already; `choices` what the numbers in the text stand for.
    """

    def __init__(self, name: str, message: str, *, kept: str = "", choices: tuple[str, ...] = ()) -> None:
        super().__init__(name, "asked", message)
        self.kept = kept
        self.choices = choices


def needed(said: Said, name: str, example: str, read: Callable[[str], T]) -> T:
    """Read a field that must be there. Raises Asked naming it, what is allowed, and one example."""
    text = said.fields.get(name, "")
    if not text:
        raise Asked(name, f"{name} belum ada. Kirim {name} saja, contoh: {example}")
    return _read(name, text, example, read)


def optional(said: Said, name: str, example: str, read: Callable[[str], T]) -> T | None:
    """Read a field that may be missing. Raises Asked where it is there and wrong."""
    text = said.fields.get(name, "")
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
