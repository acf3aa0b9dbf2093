"""What villages write: words, and locations shared without a word."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from chassis.kafka.headers import Envelope
from chassis.kafka.subscription import Subscription
from chassis.kernel.alert import FieldMessage, Lane
from chassis.kernel.draft import Draft
from chassis.kernel.fields import read
from chassis.kernel.work import Work
from chassis.postgres.step import Step
from destana.application.ports import Spot
from destana.entrypoints.scene import Scene, World
from destana.entrypoints.words import hazards, incidents
from kentongan.notifier.v1.field_message_pb2 import FieldMessageFact
from wire.dialogue.dialogue import Dialogue, Vocabulary, draft_of, reply_to
from wire.dialogue.words import Answer, Fields
from wire.field_messages import open_message, topic_of

WORDS = {word.name: word for word in (*hazards.WORDS, incidents.ACKNOWLEDGE, incidents.STATUS, incidents.INFO)}
VOCABULARY: Vocabulary[Scene] = Vocabulary(
    WORDS,
    later=frozenset(),
    menu=f"Destana: {', '.join(WORDS)}. Ketik BANTUAN dan kata itu, contoh: BANTUAN BANJIR",
    how_to_register="Nomor ini belum terdaftar untuk itu. Daftar: DAFTAR nama # peran # desa",
)


def answerer(world: World) -> Callable[[FieldMessage, Work], Awaitable[None]]:
    """Give the handler of one field message."""

    def stage(message: FieldMessage, fields: Fields, work: Work) -> Scene:
        return Scene(message, fields, work, world)

    dialogue = Dialogue(VOCABULARY, stage, world.clocks["destana.correction"])

    async def answer(message: FieldMessage, work: Work) -> None:
        draft = await draft_of(message, work)
        if message.location and message.text:
            _keep_spot(message, message.location, draft, work.now + dialogue.correction_time)
            said = await dialogue.respond(message, draft, work)
        elif message.location:
            said = await _located(message, message.location, draft, dialogue, work)
        else:
            said = await dialogue.respond(message, draft, work)
        reply_to(message, said, work, Lane.LIFE_SAFETY)

    return answer


def _keep_spot(message: FieldMessage, spot: Spot, draft: Draft, until: datetime) -> None:
    """A location shared just before the word, or with it, belongs to that report."""
    word = WORDS.get(read(message.text, VOCABULARY.all).word or "")
    if word and hazards.SPOT in word.keeps:
        draft.keep(word.name, {hazards.SPOT: hazards.write_spot(spot)}, hazards.PLACE, (), until)


async def _located(message: FieldMessage, spot: Spot, draft: Draft, dialogue: Dialogue[Scene], work: Work) -> Answer:
    """A shared location says where the hazard is that was written about before."""
    word = WORDS.get(draft.word) if draft.is_open(work.now) else None
    if word is None or hazards.SPOT not in word.keeps:
        return Answer("Lokasi diterima. Bahaya apa? Ketik dulu, contoh: BANJIR, lalu kirim lokasi lagi.")
    fields = {name: value for name, value in draft.fields.items() if name != hazards.PLACE}
    return await dialogue.report(word, fields | {hazards.SPOT: hazards.write_spot(spot)}, message, draft, work)


def subscription(private_key: bytes, world: World) -> Subscription[FieldMessageFact]:
    """Read the field messages of Destana. `private_key` opens what the notifier sealed."""
    answer = answerer(world)

    def to_step(fact: FieldMessageFact, envelope: Envelope) -> Step[None]:
        message = open_message(fact, private_key)
        return Step(envelope.event_id, lambda work: answer(message, work), key=envelope.key)

    return Subscription(topic_of("destana"), FieldMessageFact, to_step)
