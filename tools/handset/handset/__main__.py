"""Starts a handset: `python -m handset --help`."""

import asyncio
import signal
import sys

from handset.config import Config, from_outside
from handset.process import run


async def _until_signalled(config: Config) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    await run(config, stop)


def main() -> int:
    """Run until SIGTERM or SIGINT; 1: it could not start, said in one line."""
    try:
        asyncio.run(_until_signalled(from_outside(sys.argv[1:])))
    except (OSError, ValueError, KeyError) as problem:
        sys.stderr.write(f"handset: cannot start: {problem}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
