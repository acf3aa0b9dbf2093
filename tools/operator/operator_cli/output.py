"""Shows results: a table for a person, JSON for a program."""

import json
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

Json = Annotated[bool, typer.Option("--json", help="Cetak JSON untuk program lain.")]

WIDE = 200  # columns where nobody looks (a pipe): a table is not broken there


def show_json(data: Any) -> None:
    """Print data as JSON."""
    sys.stdout.write(json.dumps(data, ensure_ascii=False, indent=2, default=str) + "\n")


def show_table(columns: Sequence[str], rows: Sequence[Sequence[object]], empty: str) -> None:
    """Print rows under their columns, or say that there are none."""
    if not rows:
        say(empty)
        return
    console().print(table(columns, rows))


def table(columns: Sequence[str], rows: Sequence[Sequence[object]], title: str = "") -> Table:
    """Rows under their columns."""
    made = Table(*columns, box=None, pad_edge=False, header_style="bold", title=title or None, title_justify="left")
    for row in rows:
        made.add_row(*(_cell(value) for value in row))
    return made


def _cell(value: object) -> Text:
    """A value as it is: brackets are no markup, and nothing that somebody typed steers the terminal."""
    text = "" if value is None else str(value)
    return Text("".join(sign if sign.isprintable() or sign == "\n" else "\N{REPLACEMENT CHARACTER}" for sign in text))


def say(text: str) -> None:
    """Print a line for a person, as it is."""
    sys.stdout.write(text + "\n")


def console() -> Console:
    """Where a person looks: the terminal, or a pipe."""
    return Console(file=sys.stdout) if sys.stdout.isatty() else Console(file=sys.stdout, width=WIDE)
