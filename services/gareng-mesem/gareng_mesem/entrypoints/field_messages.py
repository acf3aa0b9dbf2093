"""What residents and collectors write: words, and locations and photos shared without a word."""

from chassis.kafka.subscription import Subscription
from chassis.kernel.alert import FieldMessage
from chassis.kernel.work import Work
from gareng_mesem.entrypoints.scene import Scene, World
from gareng_mesem.entrypoints.words import pickups, reports, sampah, shared
from kentongan.notifier.v1.field_message_pb2 import FieldMessageFact
from wire.dialogue.dialogue import Dialogue
from wire.dialogue.listening import listen
from wire.dialogue.vocabulary import Vocabulary
from wire.dialogue.words import Fields, Word

WORDS: dict[str, Word[Scene]] = {
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
VOCABULARY = Vocabulary(
    WORDS,
    menu=f"Gareng Mesem: {', '.join(WORDS)}. Ketik BANTUAN dan kata itu, contoh: BANTUAN SAMPAH",
    how_to_register="Nomor ini belum terdaftar sebagai petugas. Daftar: DAFTAR nama # petugas # kecamatan",
    wordless=shared.WORDLESS,
)


def dialogue(world: World) -> Dialogue[Scene]:
    """Answer field messages."""

    def stage(message: FieldMessage, fields: Fields, work: Work) -> Scene:
        return Scene(message, fields, work, world)

    return Dialogue(VOCABULARY, stage, world.clocks["gareng_mesem.correction"])


def subscription(private_key: bytes, world: World) -> Subscription[FieldMessageFact]:
    """Read the field messages of Gareng Mesem. `private_key` opens what the notifier sealed."""
    return listen("gareng-mesem", dialogue(world), private_key)
