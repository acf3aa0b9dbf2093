"""`python -m destana`"""

from chassis.process import run
from destana.bootstrap import build
from destana.config import load

if __name__ == "__main__":
    run(build(load()))
