"""What one person was writing, under the work unit's care only when there is something to keep."""

from datetime import timedelta
from uuid import UUID

from chassis.kernel.draft import Draft
from chassis.kernel.errors import NotFound
from chassis.kernel.work import Work
from wire.dialogue.asking import Asked
from wire.dialogue.words import Fields


class Unfinished:
    """A sender's draft. `stored` says that the work unit has it already."""

    def __init__(self, draft: Draft, work: Work, *, stored: bool) -> None:
        self.draft = draft
        self._work = work
        self._stored = stored

    @classmethod
    async def of(cls, contact: UUID, work: Work) -> "Unfinished":
        """The sender's draft, or an empty one."""
        try:
            return cls(await work.get(Draft, contact), work, stored=True)
        except NotFound:
            return cls(Draft(contact), work, stored=False)

    @property
    def word(self) -> str:
        """The word of the report that waits for a field; empty where none waits."""
        return self.draft.word if self.draft.is_open(self._work.now) else ""

    def keep(self, word: str, fields: Fields, asked: Asked, time: timedelta) -> None:
        """Remember for a time what need not be repeated."""
        if not self._stored:
            self._work.add(self.draft)
            self._stored = True
        self.draft.keep(word, asked.right_of(fields), asked.field, asked.choices, self._work.now + time)

    def drop(self) -> None:
        """Forget it."""
        self.draft.drop()
