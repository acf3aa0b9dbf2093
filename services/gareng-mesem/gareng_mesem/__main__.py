"""`python -m gareng_mesem`"""

from chassis.process import run
from gareng_mesem.bootstrap import build
from gareng_mesem.config import load

if __name__ == "__main__":
    run(build(load()))
