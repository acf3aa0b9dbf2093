"""Plays the demo: `python -m handset.demo --addresses .kentongan/run/addresses.json`."""

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp

from handset.client import Handset, NothingCameError, RefusedError
from handset.demo import flood, mother, waste
from handset.demo.stage import Missing, Stage

_STORIES: dict[str, Callable[[Stage, str], Awaitable[None]]] = {
    "mother": mother.play,
    "waste": waste.play,
    "flood": flood.play,
}
_CHANNELS = ("sms", "whatsapp")


async def play(url: str, stories: list[str], channels: list[str]) -> int:
    """Play stories on channels; give how many failed."""
    failed = 0
    async with Handset(url) as phones:
        stage = Stage(phones, await phones.phones())
        for channel in channels:
            for story in stories:
                try:
                    await _STORIES[story](stage, channel)
                except (NothingCameError, RefusedError, Missing) as problem:
                    stage.failed(problem)
                    failed += 1
    return failed


def main() -> int:
    """Play; 0: every expected answer came, 1: not so, 2: there is no handset."""
    parser = argparse.ArgumentParser(prog="handset.demo", description="Three stories, played through the phones.")
    parser.add_argument("--addresses", type=Path, help="JSON file whose `handset` is host:port")
    parser.add_argument("--handset", default="127.0.0.1:8800", help="host:port, where there is no such file")
    parser.add_argument("--story", action="append", choices=sorted(_STORIES), help="only this one (may be repeated)")
    parser.add_argument("--channel", action="append", choices=_CHANNELS, help="only this one")
    told = parser.parse_args()
    try:
        address = json.loads(told.addresses.read_text())["handset"] if told.addresses else told.handset
        failed = asyncio.run(play(f"http://{address}", told.story or list(_STORIES), told.channel or list(_CHANNELS)))
    except (OSError, ValueError, KeyError, aiohttp.ClientError) as problem:
        sys.stderr.write(f"demo: no handset to speak through: {problem!r}. Is the stack up?\n")
        return 2
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
