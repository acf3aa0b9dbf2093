"""What the account's templates are, as this process knows it, and whether a message may go out by one."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from notifier.adapters.whatsapp.account_template import AccountTemplate
from notifier.adapters.whatsapp.fitting import Wanted, differences, mismatches
from notifier.application.outgoing import TemplateMessage

NOT_APPROVED = "template_not_approved"
DIFFERS = "template_differs"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Compared:
    """A template of the region pack beside the account's, or one of the two alone."""

    name: str
    language: str
    wanted: Wanted | None
    known: AccountTemplate | None
    differences: tuple[str, ...]


class Registry:
    """In memory; `take` replaces it. Until an account told of any template, the region pack is believed."""

    def __init__(self, wanted: Iterable[Wanted]) -> None:
        self.wanted = tuple(wanted)
        self._known: Mapping[tuple[str, str], AccountTemplate] = {}
        self._complete = False
        self._told: tuple[str, ...] = ()

    def take(self, known: Iterable[AccountTemplate], *, complete: bool) -> None:
        """Believe this from now on. `complete`: the account's whole list was read at least once."""
        self._known = {(one.name, one.language): one for one in known}
        # An account that lists nothing at all is taken for one that does not tell: Meta's answer will decide then.
        self._complete = complete and any(one.components is not None for one in self._known.values())

    def refusal(self, message: TemplateMessage) -> str:
        """Why it cannot go out: `template_not_approved`, `template_differs`; empty where it can."""
        known = self._known.get((message.name, message.language))
        if known is None:
            return NOT_APPROVED if self._complete else ""
        if not known.sendable:
            return NOT_APPROVED
        fits = not any(mismatches(known, len(message.parameters), len(message.payloads)))
        return "" if fits else DIFFERS

    def compare(self) -> list[Compared]:
        """Everything the pack wants and the account has, in the order of names."""
        wanted = {(one.name, one.language): one for one in self.wanted}
        return [
            Compared(*key, wanted.get(key), self._known.get(key), self._differences(wanted.get(key), key))
            for key in sorted(wanted.keys() | self._known.keys())
        ]

    def unfit(self) -> tuple[str, ...]:
        """The pack's templates that the account cannot send, as far as it told; in one log line when that changes."""
        found = tuple(f"{c.name}: {'; '.join(c.differences)}" for c in self.compare() if c.differences)
        if found != self._told:
            self._told = found
            _log.warning("whatsapp templates that cannot be sent: %s", " | ".join(found) or "none any more")
        return found

    def _differences(self, wanted: Wanted | None, key: tuple[str, str]) -> tuple[str, ...]:
        known = self._known.get(key)
        if wanted is None or (known is None and not self._complete):
            return ()
        return differences(wanted, known)
