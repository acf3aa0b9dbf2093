"""The words of a service."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic

from chassis.kernel.fields import Typed, read
from wire.dialogue.words import S, Word

HELP = "BANTUAN"


@dataclass(frozen=True, slots=True)
class Vocabulary(Generic[S]):
    """The words of a service, those that come `later`, and what it says besides.

    `menu` names the words; `how_to_register` is all that somebody without the role hears. Where `roles` are named,
    that is all that anybody without one of them ever hears. `wordless` answers a location or photo without a word.
    """

    words: Mapping[str, Word[S]]
    menu: str
    how_to_register: str
    later: frozenset[str] = frozenset()
    roles: tuple[str, ...] = ()
    wordless: Word[S] | None = None
    all: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        """Know `all` words that are understood."""
        object.__setattr__(self, "all", frozenset((*self.words, *self.later, HELP)))

    def read(self, text: str) -> Typed:
        """Read the word, then the rest with that word's labels: another word's label is plain text here."""
        typed = read(text, self.all)
        word = self.words.get(typed.word or "")
        return read(text, self.all, word.labels.names) if word and word.labels.names else typed

    def unserved(self, typed: Typed) -> str:
        """The answer to what is no report."""
        if typed.word == HELP:
            return self.help(typed.fields[0].upper() if typed.fields else "")
        if typed.word in self.later:
            return self.not_yet(str(typed.word))
        return f"Kata tidak dikenal. {self.menu}"

    def help(self, about: str) -> str:
        """How a word is used, with a correct example; for anything else the menu."""
        if word := self.words.get(about):
            return word.usage
        return self.not_yet(about) if about in self.later else self.menu

    def not_yet(self, name: str) -> str:
        """A word that comes later."""
        return f"{name} belum tersedia, belum ada yang dicatat. Yang sudah bisa: {', '.join(self.words)}"
