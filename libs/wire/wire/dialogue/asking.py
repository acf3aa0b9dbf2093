"""How one field is asked for again, and what is said where asking again would not help."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from chassis.kernel.errors import Conflict, NotFound, Reject
from wire.dialogue.words import Fields

T = TypeVar("T")


class Asked(Reject):
    """One field is wrong or missing: the sender repeats only this one.

    `kept` is what is right of it already; `choices` what the numbers in the text stand for; `forget` names other
    fields that are wrong with it.
    """

    def __init__(
        self, name: str, message: str, *, kept: str = "", choices: tuple[str, ...] = (), forget: tuple[str, ...] = ()
    ) -> None:
        super().__init__(name, "asked", message)
        self.kept = kept
        self.choices = choices
        self.forget = forget

    def right_of(self, fields: Fields) -> Fields:
        """What need not be repeated."""
        right = {name: text for name, text in fields.items() if name not in {self.field, *self.forget}}
        return right | {self.field: self.kept} if self.kept else right


def needed(fields: Fields, name: str, example: str, read: Callable[[str], T]) -> T:
    """Read a field that must be there. Raises Asked naming it, what is allowed, and one example."""
    text = fields.get(name, "")
    if not text:
        raise Asked(name, f"{name} belum ada. {once_more(name, example)}")
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
        raise Asked(name, f"{name} salah: {error.message}. {once_more(name, example)}") from error


def once_more(name: str, example: str) -> str:
    """Which field to send, and how it looks."""
    return f"Kirim {name} saja, contoh: {example}"


def asked_by(refused: Reject, fields: Fields, examples: Mapping[str, str]) -> Asked | None:
    """What to ask after a refusal; None where repeating a field does not help.

    It does not where the thing's state refuses (Conflict), or where nothing was named and nothing found.
    """
    if isinstance(refused, Asked):
        return refused
    name = refused.field
    if isinstance(refused, Conflict) or name not in examples:
        return None
    if isinstance(refused, NotFound):
        said = refused.message
        if name not in fields:
            return None
    else:
        said = f"{name} {'salah' if name in fields else 'belum ada'}: {refused.message}"
    return Asked(name, f"{said}. {once_more(name, examples[name])}")


def refusal(refused: Reject, example: str) -> str:
    """A refusal for good. What is not found or does not allow it is told in a sentence; else the field is named."""
    sentence = isinstance(refused, NotFound | Conflict)
    told = refused.message if sentence else f"{refused.field} {refused.message}"
    return f"{told[:1].upper()}{told[1:]}. Contoh: {example}"
