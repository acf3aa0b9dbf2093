"""What one person types, answered: new reports, and corrections of the field that was asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic

from chassis.kernel.alert import REPLY_LIFE, Button, FieldMessage, Lane, Reply
from chassis.kernel.draft import Draft
from chassis.kernel.errors import NotFound, Reject
from chassis.kernel.fields import Typed, read, split
from chassis.kernel.ids import derived_id
from chassis.kernel.work import Work
from wire.dialogue.words import Answer, Asked, Fields, S, Word

HELP = "BANTUAN"
EMPTY = "-"  # what a person sends to leave a field out after all
MOST_BUTTONS = 3


@dataclass(frozen=True, slots=True)
class Vocabulary(Generic[S]):
    """The words of a service, those that come `later`, and what it says besides.

    `menu` names the words; `how_to_register` is all that somebody without the role hears.
    """

    words: Mapping[str, Word[S]]
    later: frozenset[str]
    menu: str
    how_to_register: str

    @property
    def all(self) -> frozenset[str]:
        """All words that are understood."""
        return frozenset((*self.words, *self.later, HELP))

    @property
    def labels(self) -> frozenset[str]:
        """All labels of all words."""
        return frozenset(label for word in self.words.values() for label in word.labels)

    def help(self, about: str) -> str:
        """How a word is used, with a correct example; for anything else the menu."""
        if word := self.words.get(about):
            return word.usage
        return self.not_yet(about) if about in self.later else self.menu

    def not_yet(self, name: str) -> str:
        """A word that comes later."""
        return f"{name} belum tersedia, belum ada yang dicatat. Yang sudah bisa: {', '.join(self.words)}"


@dataclass(frozen=True, slots=True)
class Dialogue(Generic[S]):
    """Answers field messages.

    `stage` makes the scene of a report; `correction_time` is how long the right fields of a wrong one are kept.
    """

    vocabulary: Vocabulary[S]
    stage: Callable[[FieldMessage, Fields, Work], S]
    correction_time: timedelta

    async def answer(self, message: FieldMessage, work: Work) -> None:
        """Do what the message says, and reply to it whatever it says."""
        draft = await draft_of(message, work)
        reply_to(message, await self.respond(message, draft, work), work)

    async def respond(self, message: FieldMessage, draft: Draft, work: Work) -> Answer:
        """Do what the message says and give the answer, without sending it."""
        vocabulary = self.vocabulary
        typed = read(message.text, vocabulary.all, vocabulary.labels)
        word = vocabulary.words.get(draft.word) if draft.is_open(work.now) else None
        if word and (correction := _correction(message.text, typed, draft, word)) is not None:
            return await self.report(word, correction, message, draft, work)
        if not (fresh := vocabulary.words.get(typed.word or "")):
            draft.drop()
            return Answer(_echoed(typed, self._unserved(typed)))
        kept = {name: draft.fields[name] for name in fresh.keeps & set(draft.fields)} if word is fresh else {}
        answer = await self.report(fresh, kept | fresh.read(typed), message, draft, work)
        return Answer(_echoed(typed, answer.text), answer.buttons)

    async def report(self, word: Word[S], fields: Fields, message: FieldMessage, draft: Draft, work: Work) -> Answer:
        """Try a report; what was right of a wrong one is kept."""
        if word.roles and not message.places(*word.roles):
            return Answer(self.vocabulary.how_to_register)
        try:
            said = await word.answer(self.stage(message, fields, work))
        except Asked as asked:
            right = {name: value for name, value in fields.items() if name != asked.field}
            if asked.kept:
                right[asked.field] = asked.kept
            draft.keep(word.name, right, asked.field, asked.choices, work.now + self.correction_time)
            return Answer(asked.message, _numbers(asked.choices))
        except Reject as refused:
            draft.drop()
            return Answer(f"{refused.field} {refused.message}. {word.usage.partition('. ')[0]}")
        draft.drop()
        return Answer(said) if isinstance(said, str) else said

    def _unserved(self, typed: Typed) -> str:
        if typed.word == HELP:
            return self.vocabulary.help(typed.fields[0].upper() if typed.fields else "")
        if typed.word in self.vocabulary.later:
            return self.vocabulary.not_yet(str(typed.word))
        return f"Kata tidak dikenal. {self.vocabulary.menu}"


async def draft_of(message: FieldMessage, work: Work) -> Draft:
    """The sender's unfinished report, or an empty one."""
    try:
        return await work.get(Draft, message.contact)
    except NotFound:
        draft = Draft(message.contact)
        work.add(draft)
        return draft


def reply_to(message: FieldMessage, answer: Answer, work: Work, lane: Lane = Lane.URGENT) -> None:
    """Answer a message; the same message is answered once, whatever is repeated."""
    reply = Reply(
        id=derived_id("reply", str(message.id)),
        message=message.id,
        contact=message.contact,
        channel=message.channel,
        text=answer.text,
        expires_at=work.now + REPLY_LIFE,
        lane=lane,
        buttons=answer.buttons,
    )
    work.record(reply)


def _correction(text: str, typed: Typed, draft: Draft, word: Word[S]) -> Fields | None:
    """The report with what this message repairs of it, or None where it is a new one."""
    again = typed.word == draft.word and len(typed.fields) <= 1 and not word.keeps
    if typed.word and not typed.corrected and not again:
        return None
    plain, labelled = (typed.fields, dict(typed.labels)) if again else split(text, word.labels)
    fields = dict(draft.fields)
    for label, value in labelled.items():
        if label in word.labels:
            _fill(fields, word.labels[label], value, word)
    if value := " ".join(plain).strip():
        _fill(fields, draft.asked, _chosen(value, draft), word)
    return fields


def _fill(fields: Fields, name: str, value: str, word: Word[S]) -> None:
    if value == EMPTY:
        fields.pop(name, None)
    elif name in word.adds:
        fields[name] = f"{fields.get(name, '')} {value}".strip()
    else:
        fields[name] = value


def _chosen(value: str, draft: Draft) -> str:
    """What the number of a list stands for; any other text stands for itself."""
    if value.isdigit() and 1 <= int(value) <= len(draft.choices):
        return draft.choices[int(value) - 1]
    return value


def _echoed(typed: Typed, text: str) -> str:
    return f"Dibaca {typed.word}. {text}" if typed.corrected else text


def _numbers(choices: tuple[str, ...]) -> tuple[Button, ...]:
    """Numbers of a short list, to press instead of typing them."""
    if len(choices) > MOST_BUTTONS:
        return ()
    return tuple(Button(f"Nomor {number}", str(number)) for number in range(1, len(choices) + 1))
