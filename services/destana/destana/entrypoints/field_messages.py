"""What villages write: words, and locations shared without a word."""

from chassis.kafka.subscription import Subscription
from chassis.kernel.alert import FieldMessage, Lane
from chassis.kernel.codes import INCIDENT, codes_in
from chassis.kernel.work import Work
from chassis.postgres.step import Look
from destana.domain.incident import Incident
from destana.entrypoints.scene import Scene, World
from destana.entrypoints.words import hazards, incidents
from kentongan.notifier.v1.field_message_pb2 import FieldMessageFact
from wire.dialogue.dialogue import Dialogue
from wire.dialogue.listening import listen
from wire.dialogue.vocabulary import Vocabulary
from wire.dialogue.words import Fields, Word

WORDS: dict[str, Word[Scene]] = {
    word.name: word for word in (*hazards.WORDS, incidents.ACKNOWLEDGE, incidents.STATUS, incidents.INFO)
}
VOCABULARY = Vocabulary(
    WORDS,
    menu=f"Destana: {', '.join(WORDS)}. Ketik BANTUAN dan kata itu, contoh: BANTUAN BANJIR",
    how_to_register="Nomor ini belum terdaftar untuk itu. Daftar: DAFTAR nama # peran # desa",
    wordless=hazards.WORDLESS,
)


def dialogue(world: World) -> Dialogue[Scene]:
    """Answer field messages."""

    def stage(message: FieldMessage, fields: Fields, work: Work) -> Scene:
        return Scene(message, fields, work, world)

    return Dialogue(VOCABULARY, stage, world.clocks["destana.correction"], Lane.LIFE_SAFETY)


def subscription(private_key: bytes, world: World) -> Subscription[FieldMessageFact]:
    """Read the field messages of Destana. `private_key` opens what the notifier sealed."""
    return listen("destana", dialogue(world), private_key, _named_incidents)


def _named_incidents(message: FieldMessage) -> tuple[Look, ...]:
    return tuple((Incident, "code", code) for code in codes_in(message.text, INCIDENT))
