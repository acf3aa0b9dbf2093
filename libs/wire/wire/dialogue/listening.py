"""Field messages, from the bus to the dialogue."""

from collections.abc import Callable

from chassis.kafka.headers import Envelope
from chassis.kafka.subscription import Subscription
from chassis.kernel.alert import FieldMessage
from chassis.kernel.draft import Draft
from chassis.postgres.step import Look, Step
from kentongan.notifier.v1.field_message_pb2 import FieldMessageFact
from wire.dialogue.dialogue import Dialogue
from wire.dialogue.words import S
from wire.field_messages import open_message, topic_of

HANDLED = frozenset({"field_message_received"})
"""All cases of the fact; the contract lets none pass that has no case."""


Looks = Callable[[FieldMessage], tuple[Look, ...]]


def nothing(_: FieldMessage) -> tuple[Look, ...]:
    """Look for nothing."""
    return ()


def listen(
    service: str, dialogue: Dialogue[S], private_key: bytes, looks: Looks = nothing
) -> Subscription[FieldMessageFact]:
    """Read a service's field messages. `private_key` opens what the notifier sealed for it.

    `looks` tells what a message will likely be about, so that a whole batch's is loaded at once.
    """
    return Subscription(topic_of(service), FieldMessageFact, step_of(dialogue, private_key, looks))


def step_of(
    dialogue: Dialogue[S], private_key: bytes, looks: Looks = nothing
) -> Callable[[FieldMessageFact, Envelope], Step[None]]:
    """Make the step of each message; its sender's draft is asked for first."""

    def to_step(fact: FieldMessageFact, envelope: Envelope) -> Step[None]:
        message = open_message(fact, private_key)
        return Step(
            id=envelope.event_id,
            handle=lambda work: dialogue.answer(message, work),
            needs=((Draft, message.contact),),
            key=envelope.key,
            traceparent=envelope.traceparent,
            finds=looks(message),
        )

    return to_step
