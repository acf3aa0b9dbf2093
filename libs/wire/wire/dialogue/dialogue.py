"""What one person types, answered: new reports, and corrections of the field that was asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic

from chassis.kernel.alert import REPLY_LIFE, Button, FieldMessage, Lane, Reply
from chassis.kernel.errors import Reject
from chassis.kernel.fields import Typed, split
from chassis.kernel.ids import derived_id
from chassis.kernel.work import Work
from wire.dialogue.asking import asked_by, refusal
from wire.dialogue.correction import corrected
from wire.dialogue.places import shared_fields
from wire.dialogue.unfinished import Unfinished
from wire.dialogue.vocabulary import Vocabulary
from wire.dialogue.words import Answer, Fields, S, Word

MOST_BUTTONS = 3
"""A WhatsApp message carries no more."""


@dataclass(frozen=True, slots=True)
class Dialogue(Generic[S]):
    """Answers field messages.

    `stage` makes the scene of a report; `correction_time` is how long the right fields of a wrong one are kept;
    answers go out on `lane`.
    """

    vocabulary: Vocabulary[S]
    stage: Callable[[FieldMessage, Fields, Work], S]
    correction_time: timedelta
    lane: Lane = Lane.URGENT

    async def answer(self, message: FieldMessage, work: Work) -> None:
        """Do what the message says, and reply to it whatever it says; the same message is answered once."""
        answer = await self._respond(message, work)
        reply = Reply(
            id=derived_id("reply", str(message.id)),
            message=message.id,
            contact=message.contact,
            channel=message.channel,
            text=answer.text,
            expires_at=work.now + REPLY_LIFE,
            lane=self.lane,
            buttons=answer.buttons,
        )
        work.record(reply)

    async def _respond(self, message: FieldMessage, work: Work) -> Answer:
        vocabulary = self.vocabulary
        if vocabulary.roles and not message.places(*vocabulary.roles):
            return Answer(vocabulary.how_to_register)
        unfinished = await Unfinished.of(message.contact, work)
        typed = vocabulary.read(message.text)
        begun = vocabulary.words.get(unfinished.word)
        if begun and (fields := _repaired(message, typed, unfinished, begun)) is not None:
            return await self._report(begun, fields, message, unfinished, work)
        fresh, fields = _begun(message, typed, unfinished, vocabulary)
        if fresh is None:
            if typed.word in vocabulary.later:  # another matter; who asks for help goes on with the report after it
                unfinished.drop()
            return _echoed(typed, Answer(vocabulary.unserved(typed)))
        return _echoed(typed, await self._report(fresh, fields, message, unfinished, work))

    async def _report(
        self, word: Word[S], fields: Fields, message: FieldMessage, unfinished: Unfinished, work: Work
    ) -> Answer:
        """Try a report; what was right of a wrong one is kept."""
        if word.roles and not message.places(*word.roles):
            return Answer(self.vocabulary.how_to_register)
        try:
            said = await word.answer(self.stage(message, fields, work))
        except Reject as refused:
            if asked := asked_by(refused, fields, word.repeat):
                unfinished.keep(word.name, fields, asked, self.correction_time)
                return Answer(asked.message, _numbers(asked.choices))
            said = refusal(refused, word.example)
        unfinished.drop()
        return Answer(said) if isinstance(said, str) else said


def _repaired(message: FieldMessage, typed: Typed, unfinished: Unfinished, word: Word[S]) -> Fields | None:
    """The unfinished report with what this message repairs or brings; None where it is about something else."""
    brought = _taken(message, word)
    if not message.text.strip() and shared_fields(message) and not brought:
        return None
    fields = corrected(message.text, typed, unfinished.draft, word)
    return None if fields is None else fields | brought


def _begun(
    message: FieldMessage, typed: Typed, unfinished: Unfinished, vocabulary: Vocabulary[S]
) -> tuple[Word[S] | None, Fields]:
    """The word that this message begins a report with, and the report's fields."""
    if word := vocabulary.words.get(typed.word or ""):
        before = unfinished.draft.fields if unfinished.word == word.name else {}
        kept = {name: text for name, text in before.items() if name in word.keeps}
        return word, kept | word.read(typed) | _taken(message, word)
    word = vocabulary.wordless
    if typed.word or word is None or not (brought := _taken(message, word)):
        return None, {}
    plain, labelled = split(message.text, word.labels.names)
    return word, word.read(Typed(word.name, word.name, fields=plain, labels=labelled)) | brought


def _taken(message: FieldMessage, word: Word[S]) -> Fields:
    """What came beside the words, as far as the word takes it."""
    return {name: text for name, text in shared_fields(message).items() if name in word.keeps}


def _echoed(typed: Typed, answer: Answer) -> Answer:
    """A near miss is understood, and told corrected."""
    return Answer(f"Dibaca {typed.word}. {answer.text}", answer.buttons) if typed.corrected else answer


def _numbers(choices: tuple[str, ...]) -> tuple[Button, ...]:
    """Numbers of a short list, to press instead of typing them."""
    if len(choices) > MOST_BUTTONS:
        return ()
    return tuple(Button(f"Nomor {number}", str(number)) for number in range(1, len(choices) + 1))
