"""Who answers a person: the bot, the queue of the service desk, or one officer of it.

bot --asks--> waiting --claimed--> human --handed back, MENU, silence--> bot
                 ^-----lapsed--------'
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from chassis.kernel.errors import Conflict


class DeskState(StrEnum):
    """Who answers."""

    BOT = "bot"
    WAITING = "waiting"
    HUMAN = "human"


@dataclass(frozen=True, slots=True)
class DeskTimes:
    """Clocks of the region pack.

    `claim`: an officer's time without doing anything. `quiet`: the person's time to say more after an answer.
    `unanswered`: how long a question is kept open; shorter than `window`, in which WhatsApp takes free text.
    """

    claim: timedelta
    quiet: timedelta
    unanswered: timedelta
    window: timedelta


class Claimed(Conflict):
    """Another officer has the conversation."""

    def __init__(self, officer: UUID, name: str = "") -> None:
        super().__init__("contact_id", "claimed", f"percakapan ini sedang dipegang petugas {name or officer}")
        self.officer = officer


class NotClaimed(Conflict):
    """Nobody has the conversation: who wants to act claims it first."""

    def __init__(self) -> None:
        super().__init__("contact_id", "not_claimed", "ambil percakapan ini dulu, baru lakukan ini")


@dataclass(frozen=True, slots=True)
class Desk:
    """A conversation as the desk sees it. Each method gives it as it is afterwards.

    `since` is when the person began to wait for what is not answered yet, `word_at` the last word of either side,
    `answered` whether that was the officer's, `acted_at` when the officer last did something.
    """

    state: DeskState = DeskState.BOT
    officer: UUID | None = None
    since: datetime | None = None
    word_at: datetime | None = None
    answered: bool = False
    acted_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether people of the desk answer, and not the bot."""
        return self.state is not DeskState.BOT

    def hear(self, at: datetime) -> "Desk":
        """The person said something to the desk, or asked for it."""
        since = self.since if self.is_open and not self.answered else at
        state = self.state if self.is_open else DeskState.WAITING
        return replace(self, state=state, since=since, word_at=at, answered=False)

    def claim(self, officer: UUID, at: datetime) -> "Desk":
        """Take it, or keep it. One that the bot has is taken over. Raises Claimed."""
        if self.officer is not None and self.officer != officer:
            raise Claimed(self.officer)
        known = self if self.is_open else Desk(since=at, word_at=at, answered=True)
        return replace(known, state=DeskState.HUMAN, officer=officer, acted_at=at)

    def reply(self, officer: UUID, at: datetime) -> "Desk":
        """The officer answers. Raises Claimed, NotClaimed."""
        self.check_held_by(officer)
        return replace(self, word_at=at, answered=True, acted_at=at)

    def transfer(self, officer: UUID, to: UUID, at: datetime) -> "Desk":
        """Give it to another officer; asked again it is done already. Raises Claimed, NotClaimed."""
        if self.officer == to:
            return self
        self.check_held_by(officer)
        return replace(self, officer=to, acted_at=at)

    def hand_back(self, officer: UUID) -> "Desk":
        """The bot answers again; asked again it is done already. Raises Claimed, NotClaimed."""
        if self.is_open:
            self.check_held_by(officer)
        return WITH_BOT

    def leave(self) -> "Desk":
        """The person goes back to the bot, or nothing was said for too long."""
        return WITH_BOT

    def lapse(self) -> "Desk":
        """The officer did nothing for too long: it waits again, at its old place."""
        return replace(self, state=DeskState.WAITING, officer=None, acted_at=None)

    def check_held_by(self, officer: UUID) -> None:
        """Raise Claimed or NotClaimed unless this officer has it."""
        if self.officer is None:
            raise NotClaimed
        if self.officer != officer:
            raise Claimed(self.officer)

    def lapses_at(self, times: DeskTimes) -> datetime | None:
        """When the claim ends if the officer does nothing; None where nobody has it."""
        return self.acted_at + times.claim if self.acted_at else None

    def rests_at(self, times: DeskTimes) -> datetime | None:
        """When the bot answers again if nobody says anything; None where it does."""
        patience = times.quiet if self.answered else times.unanswered
        return self.word_at + patience if self.word_at else None


WITH_BOT = Desk()
"""As everybody begins."""
