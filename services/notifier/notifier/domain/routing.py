"""Whose message it is: by word, code, reply, conversation, in this order (notifier.md, "One number").

Many of our words are everyday words. While a conversation is open they are ours only where that is likely: see
`_is_talk`. An emergency is always ours, and so is a code, also while the service desk has the conversation.
"""

from dataclasses import dataclass

from chassis.kernel import codes, fields
from notifier.domain import words


@dataclass(frozen=True, slots=True)
class Route:
    """Where a message goes, and why. `word` is the word understood, in capitals, or empty."""

    service: str
    why: str  # word, code, reply, offer, role, conversation, media, thanks, unknown
    word: str = ""
    rest: str = ""


@dataclass(frozen=True, slots=True)
class Setting:
    """What is known about the sender when the message comes in; each service is None where there is none."""

    replied_to: str | None = None  # service of the alert that the message answers
    offered: str | None = None  # service that sent this person an offer last
    talking: str | None = None  # service of a conversation not older than its time
    with_desk: bool = False  # people of the service desk have the conversation, or the person waits for them
    reporting_to: str | None = None  # with the desk: the service that was told something since the desk's last word
    roles: frozenset[str] = frozenset()

    @property
    def open_with(self) -> str | None:
        """The service that the person is answering, as far as one can tell."""
        return self.replied_to or (words.DESK if self.with_desk else self.talking)


UNKNOWN = Route(words.NOTIFIER, "unknown")
THANKS = Route(words.NOTIFIER, "thanks", "KASIH")
"""`Terima kasih` accepts no offer, and nobody else may read it so."""


def route(text: str, setting: Setting, *, has_media: bool) -> Route:
    """Say whose a message is. Never fails: what nobody owns is the notifier's, who answers with the menu."""
    typed = fields.read(text, words.WORDS)
    if typed.word == "TERIMA" and _first(typed).upper().startswith("KASIH"):
        return Route(words.DESK, "thanks") if setting.with_desk else THANKS
    meant = typed.word is not None and typed.typed.strip("?!.") not in words.COMMON
    by_text = _by_word(typed, setting) if meant else _by_code(typed.typed)
    return by_text or _completed(text, setting) or _by_setting(setting, has_media=has_media)


def _by_word(typed: fields.Typed, setting: Setting) -> Route | None:
    word = typed.word or ""
    if (owner := words.OWNERS.get(word)) is not None:
        return None if _is_talk(typed, owner, setting) else _owned(typed, owner)
    if code := codes.as_code(_first(typed), words.LETTERS_AFTER[word]):
        return Route(words.LETTERS[code[0]], "code", word, typed.body)
    if setting.replied_to:
        return Route(setting.replied_to, "reply", word, typed.body)
    if word in words.ANSWERS_TO_OFFERS:
        return Route(setting.offered, "offer", word, typed.body) if setting.offered else None
    if setting.with_desk:
        return None
    owners = [words.STATUS_BY_ROLE[role] for role in sorted(setting.roles) if role in words.STATUS_BY_ROLE]
    return Route(setting.talking or (owners[0] if owners else words.GARENG_MESEM), "role", word, typed.body)


def _is_talk(typed: fields.Typed, owner: str, setting: Setting) -> bool:
    """Whether a word of `owner` is an everyday word said to the service whose conversation is open."""
    word = typed.word or ""
    if setting.open_with in {None, owner} or _names_code_of(typed, owner):
        return False
    if typed.corrected and len(word) < words.LONG_ENOUGH:
        return True
    if word in words.EMERGENCY:
        return False
    if setting.open_with == words.DESK:
        return not _is_report(typed, setting)
    return _lacks_role(word, setting) or _says_more(typed) or (word == "SIAP" and setting.replied_to is not None)


def _is_report(typed: fields.Typed, setting: Setting) -> bool:
    """Whether a word is no talk with the desk: what a midwife reports of a mother is nobody's there to read."""
    word = typed.word or ""
    if word in words.PAST_THE_DESK:
        return not typed.body and not (word == "SIAP" and setting.replied_to)
    held = word in words.ROLES_FOR and not _lacks_role(word, setting)
    return "#" in typed.body or (held and not _says_more(typed))


def _names_code_of(typed: fields.Typed, owner: str) -> bool:
    code = codes.as_code(_first(typed))
    return code is not None and not code.isalpha() and words.LETTERS[code[0]] == owner


def _lacks_role(word: str, setting: Setting) -> bool:
    needed = words.ROLES_FOR.get(word)
    return needed is not None and needed.isdisjoint(setting.roles)


def _says_more(typed: fields.Typed) -> bool:
    """Whether more, or less, stands there than the word has: `jalan raya`, `masuk gang`, `belum`."""
    word, first = typed.word or "", _first(typed)
    if word in words.COMPLETE:
        return bool(first)
    likely = any(letter.isdigit() for letter in first) or (not first and word != "BELUM")  # a code, perhaps mistyped
    return word in words.OF_A_CODE and not likely


def _first(typed: fields.Typed) -> str:
    return next(iter(typed.body.replace("#", " ").split()), "")


def _owned(typed: fields.Typed, owner: str) -> Route:
    """`BANTUAN BUMIL` is answered by BUMIL's owner, every other BANTUAN by the notifier: help, or the menu."""
    if typed.word != "BANTUAN":
        return Route(owner, "word", typed.word or "", typed.body)
    about = words.OWNERS.get(fields.read(typed.body, words.WORDS).word or "", owner)
    return Route(about if about in words.SERVICES else owner, "word", "BANTUAN", typed.body)


def _by_code(first: str) -> Route | None:
    """A code that stands alone must hold a digit: PENUH and MERAH are words, though their letters would do."""
    code = codes.as_code(first)
    if code is None or code.isalpha():
        return None
    return Route(words.LETTERS[code[0]], "code")


def _completed(text: str, setting: Setting) -> Route | None:
    """While the desk has the conversation: what is short enough to be the field that a service asked for."""
    if setting.replied_to or not setting.reporting_to:
        return None
    short = len(text.split()) <= words.AS_LONG_AS_A_FIELD and not text.rstrip().endswith("?")
    return Route(setting.reporting_to, "conversation") if short else None


def _by_setting(setting: Setting, *, has_media: bool) -> Route:
    if setting.replied_to:
        return Route(setting.replied_to, "reply")
    if setting.open_with:
        return Route(setting.open_with, "conversation")
    return Route(words.MEDIA, "media") if has_media else UNKNOWN
