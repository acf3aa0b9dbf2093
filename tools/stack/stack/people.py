"""Loads the demo region's invented people into the notifier. Only here, never in a cluster."""

import os
import subprocess
import sys
from importlib.util import find_spec

from stack.errors import StackError
from stack.home import CHECKOUT, Home

PEOPLE = CHECKOUT / "regions/33.17/demo/people.csv"
COMMAND_LINE = "operator_cli.main"


def load(home: Home) -> None:
    """Import the people with the operator's own command. Repeatable: the notifier knows a person by the phone.

    Raises StackError with the command's last words when a row is refused.
    """
    if not _is_written(COMMAND_LINE):
        return
    told = {"KENTONGAN_HOME": str(home.root), "KENTONGAN_PORT_BASE": str(home.base)}
    answer = subprocess.run(
        [sys.executable, "-c", f"from {COMMAND_LINE} import main; main()", "contacts", "import", str(PEOPLE)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | told,
    )
    if answer.returncode:
        said = (answer.stderr.strip() or answer.stdout.strip()).splitlines() or ["it said nothing"]
        raise StackError(f"the demo region's people could not be loaded: {said[-1][:300]}")


def _is_written(module: str) -> bool:
    package = module.partition(".")[0]
    return find_spec(package) is not None and find_spec(module) is not None
