"""`python -m stack up|down|status|run|clean`."""

import argparse
import sys

from stack import commands
from stack.errors import StackError
from stack.home import from_environment


def main() -> int:
    """Run one command; a problem of this machine is said in one line."""
    parser = argparse.ArgumentParser(prog="python -m stack", description="The local stack.")
    parser.add_argument("command", choices=["up", "down", "status", "run", "clean"])
    chosen = parser.parse_args().command
    try:
        answer = getattr(commands, chosen)(from_environment())
    except StackError as problem:
        print(problem, file=sys.stderr)
        return 1
    except OSError as problem:
        print(f"{problem.strerror or problem}: {problem.filename or 'the state folder'}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 1 if answer is False else 0


if __name__ == "__main__":
    sys.exit(main())
