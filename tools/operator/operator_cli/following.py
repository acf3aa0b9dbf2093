"""Looks again and again, and shows what is there in place of what was."""

import time
from collections.abc import Callable, Iterable
from typing import Any

from rich.console import Group, RenderableType
from rich.live import Live

from operator_cli.output import console, show_json

EVERY_S = 2.0


def show(look: Callable[[], Any], draw: Callable[[Any], Iterable[RenderableType]], *, follow: bool) -> None:
    """Show what `look` gives; with `follow` until Ctrl-C."""
    if not follow:
        for part in draw(look()):
            console().print(part)
        return
    with Live(Group(*draw(look())), console=console(), auto_refresh=False) as live:
        while True:
            time.sleep(EVERY_S)
            live.update(Group(*draw(look())), refresh=True)


def tell(look: Callable[[], Any], data: Callable[[Any], Any], *, follow: bool) -> None:
    """The same as JSON: one object after another."""
    show_json(data(look()))
    while follow:
        time.sleep(EVERY_S)
        show_json(data(look()))
