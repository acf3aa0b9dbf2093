"""Whether a message repairs the unfinished report, and what the report is then."""

from chassis.kernel.draft import Draft
from chassis.kernel.fields import Typed, split
from wire.dialogue.codes import CODE
from wire.dialogue.words import Fields, S, Word

EMPTY = "-"
"""What a person sends to leave a field out after all."""


def corrected(text: str, typed: Typed, draft: Draft, word: Word[S]) -> Fields | None:
    """The report with what this message repairs of it; None where the message begins another one."""
    again = typed.word == word.name and _is_one_field(typed, draft, word)
    if typed.word and not again and _is_report(typed):
        return None
    plain, labelled = (typed.fields, typed.labels) if again else split(text, word.labels.names)
    fields = dict(draft.fields)
    for name, value in word.labels.fields(labelled).items():
        _fill(fields, name, _chosen(value, draft) if name == draft.asked else value, word)
    if value := " ".join(plain).strip():
        _fill(fields, draft.asked, _chosen(value, draft), word)
    return fields


def _is_report(typed: Typed) -> bool:
    """A word typed rightly; what is one letter off may be a field's text, unless fields follow it."""
    return not typed.corrected or len(typed.fields) + len(typed.labels) > 1


def _is_one_field(typed: Typed, draft: Draft, word: Word[S]) -> bool:
    """Whether the same word came with the asked field only; a bare word, or one with more, begins anew."""
    given = word.read(typed)
    if set(given) == {draft.asked}:
        return True
    return word.by_position and CODE not in given and len(typed.fields) + len(typed.labels) == 1


def _fill(fields: Fields, name: str, value: str, word: Word[S]) -> None:
    if value == EMPTY:
        fields.pop(name, None)
    elif name in word.adds:
        fields[name] = f"{fields.get(name, '')} {value}".strip()
    else:
        fields[name] = value


def _chosen(value: str, draft: Draft) -> str:
    """What the number of a list stands for; any other text stands for itself, with or without the field's name."""
    length = len(draft.asked)
    named = value[:length].upper() == draft.asked.upper() and value[length : length + 1] in {" ", ":", "="}
    bare = value[length:].lstrip(" :=") if named else ""
    value = bare or value
    if value.isdecimal() and 1 <= int(value) <= len(draft.choices):
        return draft.choices[int(value) - 1]
    return value
