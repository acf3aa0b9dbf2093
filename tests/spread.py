"""How a run of several processes shares its tests: long ones are begun first, so that nobody ends alone with one."""

from typing import Any

import pytest
from xdist.scheduler.loadfile import LoadFileScheduling

STORIES = "tests/e2e"
ALONE = "test_stack.py"  # brings stacks of its own
GATES = "tests/architecture/test_gates.py"  # runs whole tools


class Spread(LoadFileScheduling):
    """A file is for one process; so are all the stories of the one stack, which would else be started twice."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return STORIES if file.startswith(STORIES) and not file.endswith(ALONE) else file


def scheduler(config: pytest.Config, log: Any) -> Spread | None:
    """The one above where files are what is shared (`--dist loadfile`), or none."""
    return Spread(config, log) if config.getvalue("dist") == "loadfile" else None


def rank(item: pytest.Item) -> int:
    """What waits for whole stacks comes first, then what waits for servers or tools, then the quick ones."""
    kinds = {marker.name for marker in item.iter_markers()}
    waits = kinds & {"integration", "browser"} or item.nodeid.startswith(GATES)
    return 0 if "e2e" in kinds else 1 if waits else 2
