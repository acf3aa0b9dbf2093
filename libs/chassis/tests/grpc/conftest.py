import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))  # pytest's importlib mode does not let tests share a module otherwise

from bell_server import Ringer, ringing


@pytest.fixture
async def bell() -> AsyncIterator[Ringer]:
    async with ringing() as ringer:
        yield ringer
