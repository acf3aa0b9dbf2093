"""Runs a notifier process: `python -m notifier`."""

from chassis.process import run
from notifier.bootstrap import compose
from notifier.config import load

if __name__ == "__main__":
    run(compose(load()))
