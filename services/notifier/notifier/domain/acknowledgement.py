"""What a person owes an alert that asks for it: an answer, once."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from chassis.kernel.aggregate import Aggregate
from chassis.kernel.codes import as_code
from chassis.kernel.ids import derived_id
from notifier.domain import words

_TOKEN = re.compile(r"[^\s#,;:.!?()]+")


class Via(StrEnum):
    """How an answer came."""

    REPLY = "reply"
    CODE = "code"
    WORD = "word"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class DeliveryAcknowledged:
    """The person has answered."""

    alert: UUID
    contact: UUID
    subject: UUID
    template: str
    via: Via
    waited: timedelta


@dataclass(slots=True, eq=False)
class Acknowledgement(Aggregate):
    """One person of whom an alert asks an answer. `at` is None while the person is silent.

    `step` is the step of the escalation that brought the person in, 0 for the alert's own audience; `stands_for` are
    those whose silence did.
    """

    alert: UUID
    contact: UUID
    subject: UUID
    template: str
    code: str
    role: str
    place: str
    asked_at: datetime
    expires_at: datetime
    step: int = 0
    stands_for: tuple[UUID, ...] = ()
    open: bool = True
    at: datetime | None = None
    via: Via | None = None
    noted_by: UUID | None = None

    @staticmethod
    def id_of(alert: UUID, contact: UUID) -> UUID:
        """The delivery's id: one exists by nature for an alert and a contact."""
        return derived_id("delivery", str(alert), str(contact))

    @property
    def service(self) -> str:
        """The service that asks."""
        return self.template.partition(".")[0].replace("_", "-")

    def answer(self, via: Via, at: datetime, noted_by: UUID | None = None) -> None:
        """Take the answer. The first one counts; later ones change nothing."""
        if self.at is not None:
            return
        self.at, self.via, self.noted_by, self.open = at, via, noted_by, False
        waited = max(at - self.asked_at, timedelta(0))
        self.record(DeliveryAcknowledged(self.alert, self.contact, self.subject, self.template, via, waited))


@dataclass(frozen=True, slots=True)
class Said:
    """What a person wrote, as far as it may answer an alert. `service` is None where it belongs to nobody's."""

    text: str
    word: str
    service: str | None
    replied_alert: UUID | None

    @property
    def tokens(self) -> frozenset[str]:
        """What is written, word by word, in capitals."""
        return frozenset(_TOKEN.findall(self.text.upper()))

    @property
    def codes(self) -> frozenset[str]:
        """The codes that it carries. One without a digit may be a word: TOLAK PENUH gives a reason."""
        return frozenset(token for token in self.tokens if as_code(token))

    @property
    def answers(self) -> bool:
        """Whether it begins with a word that answers."""
        first = next(iter(_TOKEN.findall(self.text.upper())), "")
        return self.word in words.ANSWERS or (not self.word and not self.service and first in words.ANSWERS)

    @property
    def may_answer(self) -> bool:
        """Whether it is worth looking for open alerts."""
        return self.replied_alert is not None or self.answers or bool(self.codes)


def answered(waiting: Sequence[Acknowledgement], said: Said) -> list[tuple[Acknowledgement, Via]]:
    """Which of the alerts that wait for this person are answered by what was said, and how.

    A reply answers the alert it hangs on; a code all that carry it; an answer word alone the only open matter.
    """
    found = [(one, Via.REPLY) for one in waiting if one.alert == said.replied_alert]
    found += [(one, Via.CODE) for one in waiting if one.code in said.codes and one.alert != said.replied_alert]
    if found or not said.answers or _names_another(said.codes):
        return found
    asking = [one for one in waiting if said.service in {None, one.service}]
    return [(one, Via.WORD) for one in asking] if len(_matters(asking)) == 1 else []


def _names_another(codes: Collection[str]) -> bool:
    return any(not code.isalpha() for code in codes)


def _matters(asking: Iterable[Acknowledgement]) -> set[str]:
    """Alerts about one code are one matter: an incident that reaches another village is told anew."""
    return {one.code or str(one.alert) for one in asking}
