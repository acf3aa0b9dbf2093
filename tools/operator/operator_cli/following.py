"""Looks again and again, and shows what is there in place of what was."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from rich.console import Group, RenderableType
from rich.live import Live

from operator_cli.output import console, show_json

EVERY_S = 2.0
REST = 4
"""Looking takes at most one part in five of the time: an alert to a regency is counted in a second."""


def show(look: Callable[[], Any], draw: Callable[[Any], Iterable[RenderableType]], *, follow: bool) -> None:
    """Show what `look` gives; with `follow` until Ctrl-C."""
    if not follow:
        for part in draw(look()):
            console().print(part)
        return
    with Live(console=console(), auto_refresh=False) as live:
        for found in _looks(look):
            live.update(Group(*draw(found)), refresh=True)


def tell(look: Callable[[], Any], data: Callable[[Any], Any], *, follow: bool) -> None:
    """The same as JSON: one object after another."""
    for found in _looks(look) if follow else [look()]:
        show_json(data(found))


def _looks(look: Callable[[], Any]) -> Iterator[Any]:
    while True:
        began = time.monotonic()
        found = look()
        took = time.monotonic() - began
        yield found
        time.sleep(max(EVERY_S, REST * took))
