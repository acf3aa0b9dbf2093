"""An outgoing message as words and their number of parts; the carrier cuts them itself."""

from typing import NamedTuple

from chassis.kernel.errors import Reject
from notifier.adapters.aggregator.settings import AggregatorSettings
from notifier.application.carrier_errors import RejectedForGood
from notifier.application.outgoing import Outgoing, PlainText
from notifier.domain.text.coding import Coding
from notifier.domain.text.parts import write
from notifier.domain.text.transliteration import transliterate


class Text(NamedTuple):
    """What is sent, and what it costs."""

    words: str
    coding: Coding
    parts: int


def text_of(outgoing: Outgoing, settings: AggregatorSettings) -> Text:
    """Write it with the letters that the carrier has.

    Raises RejectedForGood: no text, or too many parts.
    """
    if not isinstance(outgoing.content, PlainText) or not outgoing.content.text:
        raise RejectedForGood("no_text", alarm=True)
    words = outgoing.content.text
    if not settings.unicode_supported:
        words = transliterate(words)
    try:
        written = write(words, max_parts=settings.max_parts)
    except Reject as error:
        raise RejectedForGood(error.rule, alarm=True) from error
    return Text(words.encode("utf-8", "replace").decode(), written.coding, len(written.parts))
