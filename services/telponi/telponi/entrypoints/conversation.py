"""What one person types, answered: new reports, and corrections of the field that was asked for."""

from dataclasses import dataclass
from datetime import timedelta

from chassis.kernel.alert import REPLY_LIFE, Button, FieldMessage, Reply
from chassis.kernel.draft import Draft
from chassis.kernel.errors import NotFound, Reject
from chassis.kernel.fields import Typed, read, split
from chassis.kernel.ids import derived_id
from chassis.kernel.work import Work
from chassis.region.pack import Region
from telponi.application.caller import Caller
from telponi.application.world import World
from telponi.entrypoints.words.bahaya import SIGNS
from telponi.entrypoints.words.codes import CODE
from telponi.entrypoints.words.observed import FACTORS
from telponi.entrypoints.words.said import Asked, Fields, Said, Word
from telponi.entrypoints.words.table import (
    ALL,
    HELP,
    HOW_TO_REGISTER,
    LATER,
    MENU,
    ROLES,
    WORDS,
    help_text,
    not_yet,
)

EMPTY = "-"
"""What a person sends to leave a field out after all."""

MOST_BUTTONS, LONGEST_TITLE = 3, 20
_LISTS = (FACTORS, SIGNS)
"""Fields to which a correction adds."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """Answers field messages. `correction_time` is how long the right fields of a wrong report are kept."""

    world: World
    region: Region
    correction_time: timedelta

    async def answer(self, message: FieldMessage, work: Work) -> None:
        """Do what the message says, and reply to it whatever it says."""
        caller = Caller(message.contact, message.grants)
        buttons: tuple[Button, ...] = ()
        if caller.holds(*ROLES):
            draft = await _draft_of(caller, work)
            text = await self._respond(message.text, caller, draft, work)
            buttons = _buttons(draft)
        else:
            text = HOW_TO_REGISTER
        work.record(_reply(message, text, buttons, work))

    async def _respond(self, text: str, caller: Caller, draft: Draft, work: Work) -> str:
        typed = _read(text)
        if draft.is_open(work.now) and (correction := _correction(text, typed, draft)) is not None:
            return await self._report(WORDS[draft.word], correction, caller, draft, work)
        draft.drop()
        if typed.word in WORDS:
            word = WORDS[typed.word]
            said = await self._report(word, word.read(typed), caller, draft, work)
        else:
            said = _unserved(typed)
        return f"Dibaca {typed.word}. {said}" if typed.corrected else said

    async def _report(self, word: Word, fields: Fields, caller: Caller, draft: Draft, work: Work) -> str:
        """Try the report; what was right of a wrong one is kept."""
        if not caller.holds(*word.roles):
            return HOW_TO_REGISTER
        try:
            said = await _tried(word, Said(caller, fields, work, self.world, self.region))
        except Asked as asked:
            self._keep(draft, word, fields, asked, work)
            return asked.message
        except Reject as refused:
            draft.drop()
            return f"{refused.message}. Contoh: {word.example}"
        draft.drop()
        return said

    def _keep(self, draft: Draft, word: Word, fields: Fields, asked: Asked, work: Work) -> None:
        right = {name: value for name, value in fields.items() if name != asked.field}
        if asked.kept:
            right[asked.field] = asked.kept
        if not draft.version and not draft.word:
            work.add(draft)
        draft.keep(word.name, right, asked.field, asked.choices, work.now + self.correction_time)


async def _tried(word: Word, said: Said) -> str:
    """The word's answer. Raises Asked also for a code that names nothing: only the code need be repeated."""
    try:
        return await word.answer(said)
    except NotFound as missing:
        if missing.field not in said.fields:
            raise
        example = word.example.split()[1]
        told = f"{missing.message}. Kirim {missing.field} saja, contoh: {example}"
        raise Asked(missing.field, told) from missing


def _read(text: str) -> Typed:
    """Read the word, then the rest with the labels that this word knows."""
    typed = read(text, ALL)
    word = WORDS.get(typed.word or "")
    return read(text, ALL, word.labels) if word else typed


def _correction(text: str, typed: Typed, draft: Draft) -> Fields | None:
    """The report with what this message repairs of it, or None where it is a new one."""
    again = typed.word == draft.word and _is_one_field(typed, draft)
    if typed.word and not typed.corrected and not again:
        return None
    labels = WORDS[draft.word].labels
    plain, labelled = (typed.fields, dict(typed.labels)) if again else split(text, labels)
    fields = dict(draft.fields)
    for label, value in labelled.items():
        if label in labels:
            _fill(fields, labels[label], f"UK {value}" if label == "UK" else value)
    if value := " ".join(plain).strip():
        _fill(fields, draft.asked, _chosen(value, draft))
    return fields


def _is_one_field(typed: Typed, draft: Draft) -> bool:
    """Whether the same word came with one field only; with a code it is a new report, unless that was asked for."""
    given = WORDS[draft.word].read(typed)
    if CODE in given:
        return draft.asked == CODE and len(given) == 1
    return len(typed.fields) + len(typed.labels) == 1


def _fill(fields: Fields, name: str, value: str) -> None:
    if value == EMPTY:
        fields.pop(name, None)
    elif name in _LISTS:
        fields[name] = f"{fields.get(name, '')} {value}".strip()
    else:
        fields[name] = value


def _chosen(value: str, draft: Draft) -> str:
    """What the number of a list stands for; any other text stands for itself, with or without the field's name."""
    head, _, rest = value.partition(" ")
    if rest and head.upper() == draft.asked.upper():
        value = rest
    if value.isdigit() and 1 <= int(value) <= len(draft.choices):
        return draft.choices[int(value) - 1]
    return value


def _unserved(typed: Typed) -> str:
    if typed.word == HELP:
        return help_text(typed.fields[0].upper() if typed.fields else "")
    if typed.word in LATER:
        return not_yet(typed.word)
    return f"Kata tidak dikenal. {MENU}"


async def _draft_of(caller: Caller, work: Work) -> Draft:
    """What the caller was writing; an empty one is put under care only when there is something to keep."""
    try:
        return await work.get(Draft, caller.contact)
    except NotFound:
        return Draft(caller.contact)


def _buttons(draft: Draft) -> tuple[Button, ...]:
    """Numbers of a short list, to press instead of typing them."""
    if len(draft.choices) > MOST_BUTTONS:
        return ()
    return tuple(Button(f"Nomor {number}", str(number)) for number in range(1, len(draft.choices) + 1))


def _reply(message: FieldMessage, text: str, buttons: tuple[Button, ...], work: Work) -> Reply:
    return Reply(
        id=derived_id("reply", str(message.id)),
        message=message.id,
        contact=message.contact,
        channel=message.channel,
        text=text,
        expires_at=work.now + REPLY_LIFE,
        buttons=buttons,
    )
