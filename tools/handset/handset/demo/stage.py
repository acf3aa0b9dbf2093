"""The stage of the demo: people speak and are spoken to, and every message is printed as it goes."""

import os
import re
import sys
from dataclasses import dataclass
from typing import Any

from handset.client import Handset, NothingCameError, Shown

PATIENCE = 30.0
"""Seconds that a person in the demo waits for an answer."""
_ALPHABET = "[2-9ACDEFGHJKMNPQRTUVWXY]"
_COLOURS = {"sms": "34", "whatsapp": "32", "title": "1;31", "dim": "2", "bad": "1;31", "good": "1;32"}


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody with a phone. channel: the one they prefer."""

    phone: str
    name: str
    role: str
    places: tuple[str, ...]
    channel: str


class Missing(Exception):  # noqa: N818 - a person who is missing, named as the play does
    """Nobody with that role and channel has a phone here."""


def code(letter: str) -> str:
    """Give the pattern of a code of this kind; group 1 is the code."""
    return rf"(?-i:\b({letter}{_ALPHABET}{{4}})\b)"


class Stage:
    """Who is there, and what they say to the service."""

    def __init__(self, phones: Handset, cast: list[dict[str, Any]]) -> None:
        self.phones = phones
        self._cast = [
            Actor(one["phone"], one["name"], one["role"], tuple(one["places"]), one["channel"]) for one in cast
        ]
        self._coloured = sys.stdout.isatty() or bool(os.environ.get("FORCE_COLOR"))

    def all(self, role: str) -> list[Actor]:
        """Give everybody of a role. Raises Missing."""
        found = [actor for actor in self._cast if actor.role == role]
        if not found:
            raise Missing(f"nobody has the role {role}")
        return found

    def one(self, role: str, channel: str) -> Actor:
        """Give the first of a role who prefers this channel. Raises Missing."""
        for actor in self.all(role):
            if actor.channel == channel:
                return actor
        raise Missing(f"nobody with the role {role} prefers {channel}")

    def title(self, text: str) -> None:
        """Begin a story."""
        self._print("\n" + self._colour("title", text))

    async def say(self, actor: Actor, text: str) -> None:
        """Let somebody type."""
        self._line(actor, ">", text)
        await self.phones.say(actor.phone, text, channel=actor.channel)

    async def locate(self, actor: Actor, latitude: float, longitude: float) -> None:
        """Let somebody share a location."""
        self._line(actor, ">", f"(lokasi {latitude}, {longitude})")
        await self.phones.send_location(actor.phone, latitude, longitude)

    async def answer(self, actor: Actor, heard: Shown, text: str) -> None:
        """Let somebody answer a message: by its button where it has that one, else by typing."""
        if any(button["payload"] == text for button in heard["buttons"]):
            self._line(actor, ">", f"[{text}]", "whatsapp")
            await self.phones.press(actor.phone, text, heard["id"])
        else:
            await self.say(actor, text)

    async def reply(self, actor: Actor, pattern: str) -> Shown:
        """Wait for the answer to what somebody said: on the channel they said it. Raises NothingCameError."""
        return await self.hear(actor, pattern, actor.channel)

    async def hear(self, actor: Actor, pattern: str, channel: str = "") -> Shown:
        """Wait for a message to somebody. Raises NothingCameError."""
        heard = await self.phones.expect(actor.phone, pattern, PATIENCE, channel=channel)
        self._line(actor, "<", heard["text"], heard["channel"])
        return heard

    async def somebody_hears(self, actors: list[Actor], pattern: str) -> tuple[Actor, Shown]:
        """Wait for a message to any of several people. Raises NothingCameError."""
        heard = await self.phones.expect_any([actor.phone for actor in actors], pattern, PATIENCE)
        actor = next(one for one in actors if one.phone == heard["phone"])
        self._line(actor, "<", heard["text"], heard["channel"])
        return actor, heard

    def done(self, text: str) -> None:
        """End a story well."""
        self._print(self._colour("good", f"  selesai: {text}"))

    def failed(self, problem: Exception) -> None:
        """End a story badly."""
        self._print(self._colour("bad", f"  GAGAL: {problem}"))

    def _line(self, actor: Actor, arrow: str, text: str, channel: str = "") -> None:
        via = channel or actor.channel
        label = self._colour(via, f"{actor.name:<26.26} {'SMS' if via == 'sms' else 'WA':<3} {arrow}")
        self._print(f"  {label} {' / '.join(text.splitlines())}")

    def _colour(self, name: str, text: str) -> str:
        return f"\x1b[{_COLOURS[name]}m{text}\x1b[0m" if self._coloured else text

    @staticmethod
    def _print(text: str) -> None:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def found(heard: Shown, pattern: str) -> str:
    """Give group 1 of the pattern in a message. Raises NothingCameError: it is not in it."""
    match = re.search(pattern, heard["text"])
    if match is None:
        raise NothingCameError(f"{pattern!r} is not in {heard['text']!r}")
    return match.group(1)
