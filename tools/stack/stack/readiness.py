"""Waiting until the stack answers, and saying in one line why it does not."""

import http
import time
import urllib.request

from stack import supervisor
from stack.errors import StackError
from stack.home import Home
from stack.logs import why
from stack.processes import Service

PATIENCE = 90.0  # seconds; a first start on a slow machine compiles and formats much
TRIES = 2  # what died twice at its start will not come up by itself


def wait_for_services(home: Home, services: tuple[Service, ...]) -> None:
    """Wait until every service says that it is ready. Raises StackError naming the one that is not, and why."""
    give_up = time.monotonic() + PATIENCE
    failures = Failures(home)
    waiting = list(services)
    while waiting := [service for service in waiting if not is_ready(home, service)]:
        failures.check()
        if time.monotonic() > give_up:
            names = ", ".join(service.name for service in waiting)
            raise StackError(f"not ready after {PATIENCE:.0f} s: {names}; see {home.log}")
        time.sleep(0.1)


def is_ready(home: Home, service: Service) -> bool:
    """Whether the service says that it can work."""
    try:
        with urllib.request.urlopen(f"http://{home.address(service.listener)}{service.path}", timeout=2) as answer:
            return bool(answer.status == http.HTTPStatus.OK)
    except OSError:
        return False


class Failures:
    """Counts the starts of each process while one waits, to give up on what will not come up by itself."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._births: dict[str, set[int]] = {}

    def check(self) -> None:
        """Look at the supervisor's processes. Raises StackError naming the one that keeps falling, and why."""
        for name, born in supervisor.births(self._home).items():
            births = self._births.setdefault(name, set())
            births.add(born)
            if len(births - {0}) > TRIES:
                raise StackError(f"{name} cannot start: {why(self._home, name)}")
