"""The notifier itself says something to one person."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from chassis.kernel.work import Work
from notifier.domain.alert import Alert
from notifier.domain.audience import Audience
from notifier.domain.channel import Channel
from notifier.domain.lane import Lane

ANSWER_LIFE = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Answer:
    """A template of the region pack and its values."""

    template: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Listener:
    """Whom it is said to: on `channel` (None: the one they prefer), as an answer to `message`."""

    contact: UUID
    channel: Channel | None = None
    message: UUID | None = None
    traceparent: str = ""


def say(id_: UUID, answer: Answer, to: Listener, work: Work, seal: Callable[[Mapping[str, str]], bytes]) -> None:
    """Raise an urgent alert, so that its outcome is known like every other's. `id_` becomes the alert's."""
    alert = Alert(
        id_,
        subject=to.contact,
        template=answer.template,
        sealed_values=seal(answer.values),
        audience=Audience(contacts=(to.contact,)),
        lane=Lane.URGENT,
        expires_at=work.now + ANSWER_LIFE,
        accepted_at=work.now,
        in_reply_to=to.message,
        channel=to.channel,
        traceparent=to.traceparent,
    )
    work.add(alert)
