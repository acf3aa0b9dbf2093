"""One part of a long message as it came in."""

from dataclasses import dataclass

from notifier.domain.text.coding import Coding


@dataclass(frozen=True, slots=True)
class Fragment:
    """Part `number` (from 1) of `total`. Bytes and not text: a sender may have cut through a character.

    Hand it to `notifier.domain.text.reassembly.Reassembler` or `join` together with source and destination.
    """

    reference: int
    total: int
    number: int
    coding: Coding
    data: bytes
