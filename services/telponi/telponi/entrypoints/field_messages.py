"""What people typed, from the bus to the conversation."""

from collections.abc import Callable

from chassis.kafka.headers import Envelope
from chassis.kernel.draft import Draft
from chassis.postgres.step import Step
from kentongan.notifier.v1.field_message_pb2 import FieldMessageFact
from telponi.entrypoints.conversation import Conversation
from wire.field_messages import open_message

ToStep = Callable[[FieldMessageFact, Envelope], Step[None]]


def field_messages(conversation: Conversation, private_key: bytes) -> dict[str, ToStep]:
    """What each case of FieldMessageFact leads to. `private_key` opens what was sealed for Telponi."""

    def received(fact: FieldMessageFact, envelope: Envelope) -> Step[None]:
        message = open_message(fact, private_key)
        return Step(
            id=envelope.event_id,
            handle=lambda work: conversation.answer(message, work),
            needs=((Draft, message.contact),),
            key=envelope.key,
            traceparent=envelope.traceparent,
        )

    return {"field_message_received": received}


def by_case(cases: dict[str, ToStep]) -> ToStep:
    """Lead each fact to what its case is for; the contract lets none pass that has no case."""
    return lambda fact, envelope: cases[str(fact.WhichOneof("fact"))](fact, envelope)
