"""The grammar of messages that people type: a word, then fields (messages.md, "Grammar").

Pure reading: what a word means, and which fields it needs, is each service's own.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

KEY_LABEL = "KUNCI"
SHORTEST_NEAR_MISS = 3

_FIRST = re.compile(r"\s*([^\s#,;:]+)[\s:]*#?(.*)", re.DOTALL)  # the word may be parted from its fields as they are
# A comma between two digits is a decimal comma (1,5 m3), not a separator.
_LOOSE = re.compile(r"\n|;|,(?!\d)|(?<!\d),")


@dataclass(frozen=True, slots=True)
class Typed:
    """A message read: the word, its fields in order, its labelled fields.

    `word` is None when no known word was meant; `corrected` is true when it was one letter off. `fields` are
    trimmed, inner white space collapsed; an empty field keeps its position. `labels` holds DESA, NIK and the
    like; `key` is the idempotency key after KUNCI. `body` is all that follows the first token, as typed.
    """

    word: str | None
    typed: str
    corrected: bool = False
    fields: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    key: str | None = None
    body: str = ""


def read(text: str, words: Collection[str], labels: Collection[str] = ()) -> Typed:
    """Read a message that should begin with one of `words` (capitals) and may carry `labels` (capitals)."""
    match = _FIRST.match(text)
    if match is None:
        return Typed(None, "")
    typed, body = match[1].upper(), match[2]
    word = typed if typed in words else near_miss(typed, words)
    fields, found = split(body, (*labels, KEY_LABEL))
    key = found.pop(KEY_LABEL, None)
    return Typed(word, typed, word is not None and word != typed, fields, found, key, body.strip())


def split(body: str, labels: Collection[str] = ()) -> tuple[tuple[str, ...], dict[str, str]]:
    """Split what follows the word into positional fields and labelled ones.

    Separators are `#`; without any `#`, new lines, commas and semicolons.
    """
    pieces = body.split("#") if "#" in body else _LOOSE.split(body)
    plain: list[str] = []
    found: dict[str, str] = {}
    for piece in pieces:
        head, labelled = _take_labels(piece.split(), labels)
        found.update(labelled)
        if head or not labelled:
            plain.append(" ".join(head))
    while plain and not plain[-1]:
        plain.pop()
    return tuple(plain), found


def _take_labels(tokens: list[str], labels: Collection[str]) -> tuple[list[str], dict[str, str]]:
    """Part a field at its labels: `DARAH DESA Kragan` is `DARAH` and DESA=`Kragan`."""
    head: list[str] = []
    found: dict[str, str] = {}
    current = ""
    for token in tokens:
        name = token.upper().rstrip(":=")
        if name in labels:
            current = name
            found[current] = ""
        elif current:
            found[current] = f"{found[current]} {token}".strip()
        else:
            head.append(token)
    return head, found


def near_miss(typed: str, words: Collection[str]) -> str | None:
    """The only word one letter away from `typed` (changed, missing, doubled or two swapped), else None."""
    if len(typed) < SHORTEST_NEAR_MISS or not typed.isalpha():
        return None
    near = [word for word in words if one_letter_off(typed, word)]
    return near[0] if len(near) == 1 else None


def one_letter_off(a: str, b: str) -> bool:
    """Say whether one changed, added, dropped or swapped letter makes `a` into `b`."""
    if a == b or abs(len(a) - len(b)) > 1:
        return False
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    rest_a, rest_b = a[start:], b[start:]
    swapped = rest_a[:2] == rest_b[1::-1] and rest_a[2:] == rest_b[2:]
    return rest_a[1:] == rest_b[1:] or rest_a[1:] == rest_b or rest_a == rest_b[1:] or swapped
