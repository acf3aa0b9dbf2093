"""Whose message it is: by word, code, reply, conversation, in this order (notifier.md, "One number")."""

from dataclasses import dataclass

from chassis.kernel import codes, fields
from notifier.domain import words


@dataclass(frozen=True, slots=True)
class Route:
    """Where a message goes, and why. `word` is the word understood, in capitals, or empty."""

    service: str
    why: str  # word, code, reply, offer, role, conversation, media, unknown
    word: str = ""
    rest: str = ""


@dataclass(frozen=True, slots=True)
class Setting:
    """What is known about the sender when the message comes in; each service is None where there is none."""

    replied_to: str | None = None  # service of the alert that the message answers
    offered: str | None = None  # service that sent this person an offer last
    talking: str | None = None  # service of a conversation not older than its time
    roles: frozenset[str] = frozenset()


UNKNOWN = Route(words.NOTIFIER, "unknown")


def route(text: str, setting: Setting, *, has_media: bool) -> Route:
    """Say whose a message is. Never fails: what nobody owns is the notifier's, who answers with the menu."""
    typed = fields.read(text, words.WORDS)
    meant = typed.word is not None and typed.typed.strip("?!.") not in words.COMMON
    by_text = _by_word(typed, setting) if meant else _by_code(typed.typed)
    return by_text or _by_setting(setting, has_media=has_media)


def _by_word(typed: fields.Typed, setting: Setting) -> Route | None:
    word = typed.word or ""
    if (owner := words.OWNERS.get(word)) is not None:
        return _help(typed) if word == "BANTUAN" else Route(owner, "word", word, typed.body)
    first = typed.body.replace("#", " ").split()[:1]
    if first and (code := codes.as_code(first[0], words.LETTERS_AFTER[word])):
        return Route(words.LETTERS[code[0]], "code", word, typed.body)
    if setting.replied_to:
        return Route(setting.replied_to, "reply", word, typed.body)
    if word in words.ANSWERS_TO_OFFERS:
        return Route(setting.offered, "offer", word, typed.body) if setting.offered else None
    owners = [words.STATUS_BY_ROLE[role] for role in sorted(setting.roles) if role in words.STATUS_BY_ROLE]
    return Route(setting.talking or (owners[0] if owners else words.GARENG_MESEM), "role", word, typed.body)


def _help(typed: fields.Typed) -> Route:
    """`BANTUAN BUMIL` is answered by BUMIL's owner, everything else by the menu."""
    about = fields.read(typed.body, words.WORDS).word or ""
    owner = words.OWNERS.get(about, words.NOTIFIER)
    return Route(owner, "word", "BANTUAN", typed.body)


def _by_code(first: str) -> Route | None:
    """A code that stands alone must hold a digit: PENUH and MERAH are words, though their letters would do."""
    code = codes.as_code(first)
    if code is None or code.isalpha():
        return None
    return Route(words.LETTERS[code[0]], "code")


def _by_setting(setting: Setting, *, has_media: bool) -> Route:
    if setting.replied_to:
        return Route(setting.replied_to, "reply")
    if setting.talking:
        return Route(setting.talking, "conversation")
    return Route(words.MEDIA, "media") if has_media else UNKNOWN
