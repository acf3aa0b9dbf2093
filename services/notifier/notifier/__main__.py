"""Runs a notifier process: `python -m notifier`."""

from chassis.process import Process, run
from notifier.bootstrap import compose
from notifier.config import SERVICE, NotifierSettings, load


def composed(settings: NotifierSettings) -> Process:
    """The process; where the region pack is not well written, one line on stderr and the end."""
    try:
        return compose(settings)
    except ValueError as error:
        raise SystemExit(f"{SERVICE} cannot start: {error}") from None


if __name__ == "__main__":
    run(composed(load()))
