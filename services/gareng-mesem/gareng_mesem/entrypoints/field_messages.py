"""What residents and collectors write: words, and locations and photos shared without a word."""

from collections.abc import Awaitable, Callable

from chassis.kafka.headers import Envelope
from chassis.kafka.subscription import Subscription
from chassis.kernel.alert import FieldMessage
from chassis.kernel.draft import Draft
from chassis.kernel.errors import Reject
from chassis.kernel.work import Work
from chassis.postgres.step import Step
from gareng_mesem.application.complete_report import CompleteReport, complete_report
from gareng_mesem.entrypoints.scene import Scene, World
from gareng_mesem.entrypoints.words import pickups, reports, sampah
from kentongan.notifier.v1.field_message_pb2 import FieldMessageFact
from wire.dialogue.dialogue import Dialogue, Vocabulary, draft_of, reply_to
from wire.dialogue.words import Answer, Fields
from wire.field_messages import open_message, topic_of

WORDS = {
    word.name: word
    for word in (
        sampah.WORD,
        pickups.ACCEPT,
        pickups.REFUSE,
        pickups.COMPLETE,
        reports.STATUS,
        reports.DISPUTE,
    )
}
VOCABULARY: Vocabulary[Scene] = Vocabulary(
    WORDS,
    later=frozenset(),
    menu=f"Gareng Mesem: {', '.join(WORDS)}. Ketik BANTUAN dan kata itu, contoh: BANTUAN SAMPAH",
    how_to_register="Nomor ini belum terdaftar sebagai petugas. Daftar: DAFTAR nama # petugas # kecamatan",
)


def answerer(world: World) -> Callable[[FieldMessage, Work], Awaitable[None]]:
    """Give the handler of one field message."""

    def stage(message: FieldMessage, fields: Fields, work: Work) -> Scene:
        return Scene(message, fields, work, world)

    dialogue = Dialogue(VOCABULARY, stage, world.clocks["gareng_mesem.correction"])

    async def answer(message: FieldMessage, work: Work) -> None:
        draft = await draft_of(message, work)
        if not (message.location or message.photo):
            said = await dialogue.respond(message, draft, work)
        elif message.text:
            until = work.now + dialogue.correction_time
            draft.keep(sampah.WORD.name, _with_shared(message, draft, work), sampah.KIND, (), until)
            said = await dialogue.respond(message, draft, work)
        else:
            said = await _shared(message, draft, dialogue, work, world)
        reply_to(message, said, work)

    return answer


async def _shared(message: FieldMessage, draft: Draft, dialogue: Dialogue[Scene], work: Work, world: World) -> Answer:
    """A location or photo, before or after the word: it completes the report just made, or begins one."""
    if not draft.is_open(work.now) and (told := await _completed(message, work, world)):
        return Answer(told)
    return await dialogue.report(sampah.WORD, _with_shared(message, draft, work), message, draft, work)


def _with_shared(message: FieldMessage, draft: Draft, work: Work) -> Fields:
    """The fields of the unfinished report, with what is shared now."""
    fields = dict(draft.fields) if draft.is_open(work.now) and draft.word == sampah.WORD.name else {}
    if message.location:
        fields[sampah.SPOT] = sampah.write_spot(message.location)
        fields.pop(sampah.PLACE, None)
    if message.photo:
        fields[sampah.PHOTO] = message.photo
    return fields


async def _completed(message: FieldMessage, work: Work, world: World) -> str:
    command = CompleteReport(message.contact, message.location, message.photo or "")
    try:
        report = await complete_report(command, work, world.places, world.clocks)
    except Reject as refused:
        return f"{refused.field} {refused.message}."
    what = "Lokasi" if message.location else "Foto"
    return f"{what} ditambahkan ke {report.code}. Terima kasih." if report else ""


def subscription(private_key: bytes, world: World) -> Subscription[FieldMessageFact]:
    """Read the field messages of Gareng Mesem. `private_key` opens what the notifier sealed."""
    answer = answerer(world)

    def to_step(fact: FieldMessageFact, envelope: Envelope) -> Step[None]:
        message = open_message(fact, private_key)
        return Step(envelope.event_id, lambda work: answer(message, work), key=envelope.key)

    return Subscription(topic_of("gareng-mesem"), FieldMessageFact, to_step)
