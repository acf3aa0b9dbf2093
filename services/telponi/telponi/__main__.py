"""Runs Telponi: `python -m telponi`."""

from chassis.process import run
from telponi.bootstrap import compose
from telponi.config import load

if __name__ == "__main__":
    run(compose(load()))
