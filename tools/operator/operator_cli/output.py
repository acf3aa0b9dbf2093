"""Shows results: a table for a person, JSON for a program."""

import json
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

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
    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    _console().print(table)


def say(text: str) -> None:
    """Print a line for a person, as it is."""
    sys.stdout.write(text + "\n")


def _console() -> Console:
    return Console(file=sys.stdout) if sys.stdout.isatty() else Console(file=sys.stdout, width=WIDE)
