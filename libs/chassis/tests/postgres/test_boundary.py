import pytest

from chassis.postgres.boundary import Boundary

pytestmark = pytest.mark.integration


async def test_x(boundary: Boundary) -> None:
    assert await boundary.run([]) == []
